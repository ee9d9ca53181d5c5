package see

import (
	"context"
	"time"

	"kv/repl/shell"
)

// defaultTimeline is how much time is drawn without being asked for.
const defaultTimeline = time.Minute

func (v rows) timelineRow() shell.Command {
	return shell.Command{
		Name: "timeline", Group: shell.GroupSee, Run: v.timeline,
		Options: []shell.Option{{Name: "since", Value: "TIME", Kind: shell.KindDuration, Help: "how much time is drawn, such as 30s (default 1m)"}},
		Summary: "who led in which term along time, and what went wrong",
		Help: "A row for each member: who led, followed, stood for election and voted. Below\n" +
			"it the time without a quorum, refused writes, and in a playground the faults and\n" +
			"what was done. It is drawn from what the members have recorded since they were\n" +
			"started, by their clocks.\n",
		Example: "timeline -since 30s",
	}
}

func (v rows) timeline(ctx context.Context, s *shell.Session, a shell.Args) error {
	members, err := v.names(ctx, s, "")
	if err != nil {
		return err
	}
	r, err := v.record(ctx, members, 0)
	if err != nil {
		return err
	}
	since := a.Duration("since")
	if since == 0 {
		since = defaultTimeline
	}
	d := TimeDrawing{Record: r, From: r.Now.Add(-since), To: r.Now, Width: drawingWidth(s), Ink: s.Ink}
	if err := s.One(d.record(), func() error { return printLines(s, "timeline", d.Lines()) }); err != nil {
		return err
	}
	warnSilent(s, r.Silent)
	return nil
}
