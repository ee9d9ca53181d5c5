package inspect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) statRow() shell.Command {
	return shell.Command{
		Name: "stat", Group: shell.GroupCluster, Run: r.stat, Endless: true,
		Options: []shell.Option{
			{Name: "every", Value: "TIME", Kind: shell.KindDuration, Help: "the pause between two looks, 1s if not given"},
			{Name: "n", Value: "COUNT", Kind: shell.KindPositive, Help: "end after so many looks; else Ctrl-C ends it"},
		},
		Summary: "how busy the cluster is, as a line that moves",
		Help: "Requests per second that clients send to all members together, what a\n" +
			"linearizable read takes, who leads, and how many entries the slowest member\n" +
			"has still to apply. In a script each look is a line.\n",
		Example: "stat -n 5 -every 2s",
	}
}

// history is how many looks the sparkline shows.
const history = 24

func (r rows) stat(ctx context.Context, s *shell.Session, a shell.Args) error {
	every := a.Duration("every")
	if every == 0 {
		every = time.Second
	}
	show := r.rolling(s)
	if s.ForPeople() && s.Width() > 0 {
		live := &liveLine{s: s}
		defer live.end()
		defer s.Still()()
		show = live.show
	}
	before, err := r.sample(ctx, s)
	if err != nil {
		return err
	}
	for n := 0; a.Int("n", 0) == 0 || n < a.Int("n", 0); n++ {
		if !shell.Pause(ctx, every) {
			return &failure.StoppedError{Text: out.Count(uint64(n), "look")}
		}
		now, err := r.sample(ctx, s)
		if ctx.Err() != nil {
			continue // ended while it was asked
		}
		if err != nil {
			return err
		}
		if err := show(between(before, now), now); err != nil {
			return err
		}
		before = now
	}
	return nil
}

// sample asks everybody at the same time. Without a member table there is nothing to
// tell; a read that fails is told.
func (r rows) sample(ctx context.Context, s *shell.Session) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	m, err := r.store.Members(ctx)
	if err != nil {
		return sample{}, err
	}
	x := sample{}
	began := s.Took()
	read, cancelRead := context.WithTimeout(ctx, shell.MemberWait)
	_, x.failed = r.store.Confirm(read)
	cancelRead()
	x.read = s.Took() - began
	x.statuses = shell.AskEach(ctx, m.Names(), r.store.Status)
	x.at = time.Now()
	return x, nil
}

// rolling shows each look as a row.
func (r rows) rolling(s *shell.Session) func(rate, sample) error {
	looks := out.View[moment]{Record: moment.record, Head: []string{"READS/S", "WRITES/S", "ENTRIES/S", "READ", "LEADER", "TERM", "BEHIND", "SILENT"}, Cells: moment.cells}.Follow(s.Printer)
	return func(r rate, x sample) error { return looks.Add(moment{r, x}) }
}

// moment is what one look has shown.
type moment struct {
	rate
	sample
}

func (m moment) record() out.Record {
	return out.Record{out.Float("reads_per_second", m.reads), out.Float("writes_per_second", m.writes), out.Float("entries_per_second", m.entries),
		out.Duration("read", m.read).If(m.failed == nil), out.Text("error", failure.Brief(m.failed)), out.Text("leader", m.leader),
		out.Uint("term", m.term).If(m.leader != ""), out.Uint("behind", m.behind), out.Uint("silent", m.silent)}
}

func (m moment) cells() []out.Cell {
	return []out.Cell{perSecond(m.reads), perSecond(m.writes), perSecond(m.entries), out.Plain(readTime(m.sample)),
		out.Plain(out.OrDash(m.leader)), out.Number(m.term), out.Number(m.behind), out.Number(uint64(m.silent))}
}

func perSecond(f float64) out.Cell { return out.Number(uint64(f + 0.5)) }

func readTime(x sample) string {
	if x.failed != nil {
		return "failed"
	}
	return out.Millis(x.read)
}

// liveLine is one line of a terminal that is drawn over and over.
type liveLine struct {
	s     *shell.Session
	speed []float64 // requests per second, the newest last
	drawn bool
}

func (l *liveLine) show(r rate, x sample) error {
	l.speed = append(l.speed, r.reads+r.writes)
	l.speed = l.speed[max(0, len(l.speed)-history):]
	l.drawn = true
	_, err := fmt.Fprint(l.s.Out, "\r\x1b[K"+cut(l.text(r, x), l.s.Width()-1))
	return err
}

// end leaves what was drawn last on the screen.
func (l *liveLine) end() {
	if l.drawn {
		fmt.Fprintln(l.s.Out)
	}
}

func (l *liveLine) text(r rate, x sample) string {
	leader := "NO LEADER"
	if r.leader != "" {
		leader = fmt.Sprintf("%s t%d", r.leader, r.term)
	}
	read := "read " + out.Millis(x.read)
	if x.failed != nil {
		read = "read: " + failure.Brief(x.failed)
	}
	parts := []string{fmt.Sprintf("%.0f reads/s  %.0f writes/s", r.reads, r.writes), read, leader, fmt.Sprintf("behind %d", r.behind)}
	if r.silent > 0 {
		parts = append(parts, fmt.Sprintf("%d silent", r.silent))
	}
	return spark(l.speed) + "  " + strings.Join(parts, "  ")
}

// cut takes the end off a line of characters that are one column wide each.
func cut(text string, width int) string {
	if letters := []rune(text); len(letters) > width && width > 0 {
		return string(letters[:width])
	}
	return text
}
