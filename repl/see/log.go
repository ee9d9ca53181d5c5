package see

import (
	"context"
	"fmt"
	"strconv"

	"github.com/fatih/color"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

const (
	// defaultEntries is how many entries of one log are listed without being asked for.
	defaultEntries = 20
	// logPage is how many entries a member tells at a time.
	logPage = 1000
)

func (v rows) logRow() shell.Command {
	return shell.Command{
		Name: "log", Group: shell.GroupSee, Run: v.log, Check: checkLog,
		Args: []shell.Arg{{Name: "NAME", Kind: shell.KindMember, Optional: true},
			{Name: "FROM", Kind: shell.KindPositive, Optional: true}, {Name: "TO", Kind: shell.KindPositive, Optional: true}},
		Options: []shell.Option{{Name: "until", Value: "INDEX", Kind: shell.KindPositive, Help: "without NAME: the columns end with this index"}},
		Summary: "the members' logs side by side, or the entries of one",
		Help: "Without NAME it draws a row for each member: the columns are indexes, what\n" +
			"stands in them is the term of the entry, in a color of its own. │ is how far the\n" +
			"member knows entries to be committed, ! an entry that the leader's log has\n" +
			"otherwise and that will be overwritten, and a second row shows what was\n" +
			"overwritten. With NAME it lists entries, the newest or those FROM one index TO\n" +
			"another.\n",
		Example: "log n2 40 44",
	}
}

func checkLog(c *shell.Command, a shell.Args) error {
	switch {
	case a.Has("until") && a.Has("NAME"):
		return c.Misuse("-until is for the drawing of all logs; give FROM and TO to list entries of one")
	case a.Has("TO") && a.Number("TO") < a.Number("FROM"):
		return c.Misuse("TO %d is before FROM %d", a.Number("TO"), a.Number("FROM"))
	}
	return nil
}

func (v rows) log(ctx context.Context, s *shell.Session, a shell.Args) error {
	if !a.Has("NAME") {
		return v.logs(ctx, s, a.Number("until"))
	}
	name, err := s.Member(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	entries := entryView(s).Begin(s.Printer)
	l, err := v.listLog(ctx, entries, name, a.Number("FROM"), a.Number("TO"))
	if err == nil {
		err = entries.End()
	}
	if err == nil && s.ForPeople() {
		s.Note("%s", ends(name, l))
	}
	return err
}

// listLog lists the newest entries or, page by page, those from one index to another, 0
// for the last. It returns the last page.
func (v rows) listLog(ctx context.Context, entries *out.List[stated], name string, from, to uint64) (client.Log, error) {
	if from == 0 {
		return v.page(ctx, entries, name, client.LogRequest{Limit: defaultEntries})
	}
	ends, err := v.store.Log(ctx, name, client.LogRequest{Limit: 1})
	if err != nil {
		return ends, err
	}
	if to == 0 || to > ends.Last {
		to = ends.Last
	}
	for first := max(from, ends.First); ; first += logPage {
		end := min(to, first+logPage-1)
		l, err := v.page(ctx, entries, name, client.LogRequest{From: first, To: max(first, end), Limit: logPage})
		if err != nil || end >= to {
			return l, err
		}
	}
}

// page lists a page of entries.
func (v rows) page(ctx context.Context, entries *out.List[stated], name string, r client.LogRequest) (client.Log, error) {
	l, err := v.store.Log(ctx, name, r)
	if err != nil {
		return l, err
	}
	for _, e := range l.Entries {
		if err := entries.Add(stated{e, stateOf(e, l)}); err != nil {
			return l, err
		}
	}
	return l, nil
}

// stated is an entry with what its member knows of it: open, committed or applied.
type stated struct {
	client.LogEntry
	state string
}

func stateOf(e client.LogEntry, l client.Log) string {
	switch {
	case e.Index <= l.Applied:
		return "applied"
	case e.Index <= l.Commit:
		return "committed"
	default:
		return "open"
	}
}

// entryView is how entries are shown.
func entryView(s *shell.Session) out.View[stated] {
	inks := map[string]*color.Color{"open": s.Ink.Warn, "applied": s.Ink.Dim, "committed": s.Ink.Good}
	return out.View[stated]{Head: []string{"INDEX", "TERM", "KIND", "STATE", "SIZE", "COMMANDS", "WHAT"},
		Record: func(e stated) out.Record { return append(entryRecord(e.LogEntry), out.Text("state", e.state)) },
		Cells: func(e stated) []out.Cell {
			return []out.Cell{out.Number(e.Index), out.Inked(strconv.FormatUint(e.Term, 10), inkOfTerm(s.Ink, e.Term)), out.Plain(e.Kind), out.Inked(e.state, inks[e.state]),
				out.Number(e.Size), out.Number(uint64(e.Commands)), out.Plain(out.OrDash(e.Summary))}
		}}
}

func entryRecord(e client.LogEntry) out.Record {
	return out.Record{out.Uint("index", e.Index), out.Uint("term", e.Term), out.Text("kind", e.Kind), out.Uint("size", e.Size),
		out.Uint("commands", e.Commands), out.Text("summary", e.Summary)}
}

// ends says in a line how far a log goes.
func ends(name string, l client.Log) string {
	if l.Last == 0 {
		return fmt.Sprintf("%s has no entries behind its snapshot up to %d", name, l.Snapshot)
	}
	text := fmt.Sprintf("%s has %d to %d; committed up to %d, applied up to %d", name, l.First, l.Last, l.Commit, l.Applied)
	if l.Snapshot > 0 {
		text += fmt.Sprintf(", snapshot up to %d", l.Snapshot)
	}
	return text
}

// logs draws the logs of all members.
func (v rows) logs(ctx context.Context, s *shell.Session, until uint64) error {
	members, err := v.names(ctx, s, "")
	if err != nil {
		return err
	}
	heads := shell.AskEach(ctx, members, func(ctx context.Context, name string) (client.Log, error) {
		return v.store.Log(ctx, name, client.LogRequest{Limit: 1})
	})
	d := LogDrawing{Width: drawingWidth(s), Ink: s.Ink}
	var fault error
	for _, h := range heads {
		d.Until = max(d.Until, h.Value.Last)
		if h.Err != nil {
			fault = h.Err
		}
		d.Rows = append(d.Rows, LogRow{Member: h.Member, Silent: h.Err != nil, Log: h.Value})
	}
	if d.Until == 0 && fault != nil {
		return fault
	}
	if until > 0 {
		d.Until = min(d.Until, until)
	}
	v.fill(ctx, &d)
	return s.Many(d.records(), func() error { return printLines(s, "log", d.Lines()) })
}

func printLines(s *shell.Session, what string, lines []string) error {
	for _, line := range lines {
		if err := s.Line(what, line); err != nil {
			return err
		}
	}
	return nil
}

// fill gets what is to be drawn of the logs, and what was overwritten.
func (v rows) fill(ctx context.Context, d *LogDrawing) {
	var members []string
	for _, r := range d.Rows {
		if !r.Silent {
			members = append(members, r.Member)
		}
	}
	first := d.First()
	logs := shell.AskEach(ctx, members, func(ctx context.Context, name string) (client.Log, error) {
		return v.store.Log(ctx, name, client.LogRequest{From: first, To: d.Until, Limit: logPage})
	})
	record, _ := v.record(ctx, members, 0) // without it nothing is known to be overwritten
	for i := range d.Rows {
		for _, l := range logs {
			if l.Member == d.Rows[i].Member {
				d.Rows[i].Log, d.Rows[i].Silent = l.Value, l.Err != nil
			}
		}
		for _, e := range record.Events {
			if e.Kind == client.EventOverwritten && e.Member == d.Rows[i].Member {
				d.Rows[i].Overwritten = append(d.Rows[i].Overwritten, e)
			}
		}
	}
}

const (
	// scriptWidth is how wide drawings are where nobody says how wide they may be.
	scriptWidth = 100
	// endlessWidth is for programs, which get all that a drawing can hold.
	endlessWidth = 1 << 20
)

func drawingWidth(s *shell.Session) int {
	switch w := s.Width(); {
	case s.ForPrograms():
		return endlessWidth
	case w > 0:
		return w
	default:
		return scriptWidth
	}
}
