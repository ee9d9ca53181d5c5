package see

import (
	"context"
	"fmt"
	"strconv"

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
	from, to := a.Number("FROM"), a.Number("TO")
	if from == 0 {
		return v.listLog(ctx, s, name, client.LogRequest{Limit: defaultEntries})
	}
	ends, err := v.store.Log(ctx, name, client.LogRequest{Limit: 1})
	if err != nil {
		return err
	}
	if to == 0 || to > ends.Last {
		to = ends.Last
	}
	for first := max(from, ends.First); ; first += logPage {
		end := min(to, first+logPage-1)
		if err := v.listLog(ctx, s, name, client.LogRequest{From: first, To: max(first, end), Limit: logPage}); err != nil || end >= to {
			return err
		}
	}
}

// listLog lists a page of entries.
func (v rows) listLog(ctx context.Context, s *shell.Session, name string, r client.LogRequest) error {
	l, err := v.store.Log(ctx, name, r)
	if err != nil {
		return err
	}
	g := &out.Grid{Head: []string{"INDEX", "TERM", "KIND", "STATE", "SIZE", "COMMANDS", "WHAT"}}
	for _, e := range l.Entries {
		state := out.Inked("open", s.Ink.Warn)
		switch {
		case e.Index <= l.Applied:
			state = out.Inked("applied", s.Ink.Dim)
		case e.Index <= l.Commit:
			state = out.Inked("committed", s.Ink.Good)
		}
		g.Add(out.Number(e.Index), out.Inked(strconv.FormatUint(e.Term, 10), inkOfTerm(s.Ink, e.Term)), out.Plain(e.Kind), state,
			out.Number(e.Size), out.Number(uint64(e.Commands)), out.Plain(out.OrDash(e.Summary)))
	}
	if g.Rows() > 0 {
		if err := s.Table(g); err != nil {
			return err
		}
	}
	if s.Human {
		s.Note("%s", ends(name, l))
	}
	return nil
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
	heads := askAll(ctx, members, func(ctx context.Context, name string) (client.Log, error) {
		return v.store.Log(ctx, name, client.LogRequest{Limit: 1})
	})
	d := LogDrawing{Width: drawingWidth(s), Ink: s.Ink}
	var fault error
	for _, h := range heads {
		d.Until = max(d.Until, h.answer.Last)
		if h.err != nil {
			fault = h.err
		}
		d.Rows = append(d.Rows, LogRow{Member: h.member, Silent: h.err != nil, Log: h.answer})
	}
	if d.Until == 0 && fault != nil {
		return fault
	}
	if until > 0 {
		d.Until = min(d.Until, until)
	}
	v.fill(ctx, &d)
	for _, line := range d.Lines() {
		if err := s.Line("log", line); err != nil {
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
	logs := askAll(ctx, members, func(ctx context.Context, name string) (client.Log, error) {
		return v.store.Log(ctx, name, client.LogRequest{From: first, To: d.Until, Limit: logPage})
	})
	record, _ := v.record(ctx, members, 0) // without it nothing is known to be overwritten
	for i := range d.Rows {
		for _, l := range logs {
			if l.member == d.Rows[i].Member {
				d.Rows[i].Log, d.Rows[i].Silent = l.answer, l.err != nil
			}
		}
		for _, e := range record.Events {
			if e.Kind == client.EventOverwritten && e.Member == d.Rows[i].Member {
				d.Rows[i].Overwritten = append(d.Rows[i].Overwritten, e)
			}
		}
	}
}

// scriptWidth is how wide drawings are where nobody says how wide they may be.
const scriptWidth = 100

func drawingWidth(s *shell.Session) int {
	if w := s.Width(); w > 0 {
		return w
	}
	return scriptWidth
}
