package see

import (
	"context"
	"fmt"
	"strconv"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

// defaultEvents is how many events are listed without being asked for more, and
// defaultFollowed how many come before those that are followed.
const (
	defaultEvents   = 50
	defaultFollowed = 10
)

func (v rows) eventsRow() shell.Command {
	return shell.Command{
		Name: "events", Group: shell.GroupSee, Endless: true, Run: v.events,
		Ends: func(a shell.Args) bool { return !a.Has("follow") },
		Args: []shell.Arg{{Name: "MEMBER", Kind: shell.KindMember, Optional: true}},
		Options: []shell.Option{
			{Name: "follow", Help: "go on with what happens, until Ctrl-C"},
			{Name: "since", Value: "TIME", Kind: shell.KindDuration, Help: "what happened in this time, such as 30s"},
			{Name: "limit", Value: "N", Kind: shell.KindPositive, Help: "the newest N (default 50, or all of -since)"},
			{Name: "count", Value: "N", Kind: shell.KindPositive, Help: "with -follow: end after N that are new"},
		},
		Summary: "what has happened: elections, votes, snapshots, refused writes",
		Help: "All members tell, or one, and what they tell is put into one order by their\n" +
			"clocks. Each keeps the last few thousand events since it was started. In a\n" +
			"playground what is done to the cluster is among them.\n",
		Example: "events -since 30s",
		Check: func(c *shell.Command, a shell.Args) error {
			if a.Has("count") && !a.Has("follow") {
				return c.Misuse("-count is for -follow; -limit shows the newest")
			}
			return nil
		},
	}
}

func (v rows) events(ctx context.Context, s *shell.Session, a shell.Args) error {
	look, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	members, err := v.names(look, s, a.Get("MEMBER"))
	if err != nil {
		return err
	}
	if a.Has("follow") {
		return v.follow(ctx, s, a, members)
	}
	r, err := v.record(look, members, a.Duration("since"))
	if err != nil {
		return err
	}
	hidden := r.Dropped + newest(&r.Events, limit(a, defaultEvents))
	if err := showEvents(s, r.Events); err != nil {
		return err
	}
	warnSilent(s, r.Silent)
	switch {
	case !s.ForPeople():
	case len(r.Events) == 0:
		s.Note("nothing has happened")
	case hidden > 0:
		s.Note("%s before these", out.Count(hidden, "event"))
	}
	return nil
}

// limit is how many events are wanted.
func limit(a shell.Args, def int) int {
	if a.Has("since") {
		def = 0
	}
	return a.Int("limit", def)
}

// newest keeps the newest n events, all for 0, and returns how many it drops.
func newest(events *[]client.Event, n int) (hidden uint64) {
	if n > 0 && len(*events) > n {
		hidden = uint64(len(*events) - n)
		*events = (*events)[hidden:]
	}
	return hidden
}

// showEvents prints sentences for people, who want to read them to the end, and a table
// for scripts.
func showEvents(s *shell.Session, events []client.Event) error {
	l := eventView(s).Begin(s.Printer)
	for _, e := range events {
		if err := l.Add(e); err != nil {
			return err
		}
	}
	return l.End()
}

// eventView is how events are shown.
func eventView(s *shell.Session) out.View[client.Event] {
	return out.View[client.Event]{Record: eventRecord, Head: []string{"TIME", "MEMBER", "TERM", "EVENT", "WHAT"},
		Words: func(e client.Event) string { return eventLine(s, e) },
		Cells: func(e client.Event) []out.Cell { return eventCells(s, e) }}
}

// eventRecord is an event for programs.
func eventRecord(e client.Event) out.Record {
	return out.Record{out.Time("time", e.Time), out.Text("member", e.Member), out.Uint("term", e.Term).If(e.Term != 0), out.Text("kind", string(e.Kind)),
		out.Text("role", string(e.Role)), out.Text("peer", e.Peer), out.Uint("index", e.Index).If(e.Index != 0), out.Uint("count", e.Count).If(e.Count != 0),
		out.Bool("pre_vote", e.PreVote), out.Text("reason", e.Reason), out.Text("text", Say(e))}
}

// eventLine is an event as a line, in columns that need not know the lines after it.
func eventLine(s *shell.Session, e client.Event) string {
	return fmt.Sprintf("%s  %s  %s  %s", s.Ink.Dim.Sprint(e.Time.Format(clock)), s.Ink.Strong.Sprintf("%-4s", out.OrDash(e.Member)),
		s.Ink.Dim.Sprintf("%3s", term(e)), inkOf(s.Ink, e).Sprint(Say(e)))
}

func eventCells(s *shell.Session, e client.Event) []out.Cell {
	return []out.Cell{out.Inked(e.Time.Format(clock), s.Ink.Dim), out.Inked(out.OrDash(e.Member), s.Ink.Strong),
		out.Plain(term(e)), out.Inked(string(e.Kind), inkOf(s.Ink, e)), out.Plain(Say(e))}
}

func term(e client.Event) string {
	if e.Term == 0 {
		return "-"
	}
	return strconv.FormatUint(e.Term, 10)
}
