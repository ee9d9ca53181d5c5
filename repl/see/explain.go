package see

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

const (
	// tailTrace is how long it may take until the last member has applied a write.
	tailTrace = time.Second
	// lookTrace is how often the members are asked whether they have.
	lookTrace = 20 * time.Millisecond
)

func (v rows) explainRows() []shell.Command {
	options := []shell.Option{{Name: "o", Value: "FORMAT|FILE", Kind: shell.KindOutput,
		Help: "print it in a format or, with a name that ends in .mmd (Mermaid), .json or .html (a page for a browser), write that file"}}
	help := "The members note for a moment what they do with each log entry, which costs them\n" +
		"nothing otherwise. A line is a moment: an arrow is a message, the rest happens on\n" +
		"one side. Times are since the call; those of other machines are as good as their\n" +
		"clocks.\n"
	return []shell.Command{
		{
			Name: "explain put", Group: shell.GroupSee, Writes: true, Run: v.explainPut, Check: checkOutput,
			Args:    []shell.Arg{{Name: "KEY", Kind: shell.KindKey}, {Name: "VALUE"}},
			Options: options,
			Summary: "put a key and draw the life of the write", Help: help,
			Example: "explain put color blue -o life.html",
		},
		{
			Name: "explain delete", Group: shell.GroupSee, Writes: true, Run: v.explainDelete, Check: checkOutput,
			Args:    []shell.Arg{{Name: "KEY", Kind: shell.KindKey}},
			Options: options,
			Summary: "delete a key and draw the life of the write", Help: help,
			Example: "explain delete color",
		},
	}
}

func checkOutput(c *shell.Command, a shell.Args) error {
	if !a.Has("o") {
		return nil
	}
	if _, ok := writers[filepath.Ext(a.Get("o"))]; !ok {
		return c.Misuse("-o wants a format (%s), or a FILE that ends in .mmd, .json or .html, not %s", strings.Join(out.Formats(), ", "), syntax.Quote(a.Get("o")))
	}
	return nil
}

func (v rows) explainPut(ctx context.Context, s *shell.Session, a shell.Args) error {
	line := "put " + syntax.Quote(a.Get("KEY")) + " " + syntax.Quote(a.Get("VALUE"))
	return v.explain(ctx, s, a, line, func(ctx context.Context) (client.Header, error) {
		return v.store.PutTraced(ctx, a.Get("KEY"), []byte(a.Get("VALUE")))
	})
}

func (v rows) explainDelete(ctx context.Context, s *shell.Session, a shell.Args) error {
	return v.explain(ctx, s, a, "delete "+syntax.Quote(a.Get("KEY")), func(ctx context.Context) (client.Header, error) {
		return v.store.DeleteTraced(ctx, a.Get("KEY"))
	})
}

// explain runs a write while all members note what they do, and draws it.
func (v rows) explain(ctx context.Context, s *shell.Session, a shell.Args, line string, write func(context.Context) (client.Header, error)) error {
	m, err := v.store.Members(ctx)
	if err != nil {
		return err
	}
	l := Life{Line: line, Voters: m.Voters()}
	names, err := v.names(ctx, s, "")
	if err != nil {
		return err
	}
	v.traces(ctx, names, s.Timeout()+tailTrace)
	defer v.traces(context.WithoutCancel(ctx), names, time.Millisecond) // no more
	before := v.lastIndex(ctx, names)
	l.Began = time.Now()
	header, failed := write(ctx)
	l.Ended, l.Revision, l.Failed = time.Now(), header.Revision, failed != nil
	l.Answer = fmt.Sprintf("OK rev %d", header.Revision)
	if l.Failed {
		l.Answer = failure.Explain(failed)[0]
	}
	v.collect(context.WithoutCancel(ctx), &l, names, before)
	chart, ok := l.Draw()
	if !ok {
		if failed == nil {
			s.Warn("no member has noted the write: do all run a version that can?")
		}
		return failed
	}
	if err := show(s, chart, a.Get("o")); err != nil {
		return err
	}
	return failed
}

func (v rows) traces(ctx context.Context, names []string, begin time.Duration) []shell.Answer[client.Trace] {
	return shell.AskEach(ctx, names, func(ctx context.Context, name string) (client.Trace, error) { return v.store.Trace(ctx, name, begin) })
}

// lastIndex is the end of the longest log.
func (v rows) lastIndex(ctx context.Context, names []string) (last uint64) {
	for _, t := range shell.AskEach(ctx, names, func(ctx context.Context, name string) (client.Log, error) {
		return v.store.Log(ctx, name, client.LogRequest{Limit: 1})
	}) {
		last = max(last, t.Value.Last)
	}
	return last
}

// collect reads the traces until all members that answer have applied the write, or the
// time for that is over.
func (v rows) collect(ctx context.Context, l *Life, names []string, before uint64) {
	ctx, cancel := context.WithTimeout(ctx, tailTrace)
	defer cancel()
	for {
		traces := v.traces(context.WithoutCancel(ctx), names, 0)
		l.Traces = traces
		if l.Failed {
			l.Index = v.ownEntry(context.WithoutCancel(ctx), l, before)
			return
		}
		if f := (&found{Life: l}); !slow(f) || !shell.Pause(ctx, lookTrace) {
			return
		}
	}
}

// slow reports whether a member that answers has still to apply the write.
func slow(f *found) bool {
	f.find()
	for _, t := range f.Traces {
		applied := t.Err != nil
		for _, s := range t.Value.Steps {
			applied = applied || s.Kind == client.TraceApplied && s.First <= f.index && f.index <= s.Last
		}
		if !applied {
			return true
		}
	}
	return f.index == 0
}

// ownEntry finds the entry of a write that failed: one that a leader has sent since, and
// that says what the write was to do. 0 if there is none.
func (v rows) ownEntry(ctx context.Context, l *Life, before uint64) uint64 {
	for _, t := range l.Traces {
		for _, s := range t.Value.Steps {
			if s.Kind != client.TraceSent || s.Last <= before {
				continue
			}
			log, err := v.store.Log(ctx, t.Member, client.LogRequest{From: max(s.First, before+1), To: s.Last, Limit: logPage})
			if err != nil {
				continue
			}
			for _, e := range log.Entries {
				if e.Commands == 1 && e.Summary != "" && strings.HasPrefix(l.Line, e.Summary) {
					return e.Index
				}
			}
		}
	}
	return 0
}

// writers make the contents of a file of each ending.
var writers = map[string]func(*Chart) ([]byte, error){
	".mmd": func(c *Chart) ([]byte, error) { return []byte(c.Mermaid()), nil },
	".json": func(c *Chart) ([]byte, error) {
		var b bytes.Buffer
		err := c.record().JSON(&b)
		return b.Bytes(), err
	},
	".html": (*Chart).Page,
}

// show prints the chart, or writes it to a file.
func show(s *shell.Session, chart *Chart, file string) error {
	if file == "" {
		return s.One(chart.record(), func() error { return printLines(s, "explain", chart.Lines(drawingWidth(s), s.Ink)) })
	}
	data, err := writers[filepath.Ext(file)](chart)
	if err != nil {
		return fmt.Errorf("make %s: %w", file, err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return fmt.Errorf("write the life of the write: %w", err)
	}
	s.Note("the life of the write is in %s", file)
	return nil
}
