package builtin

import (
	"context"
	"fmt"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func everyRow() shell.Command {
	return shell.Command{
		Name: "every", Group: shell.GroupShell, Endless: true, Run: every,
		Args:    []shell.Arg{{Name: "TIME", Kind: shell.KindDuration}, {Name: "COMMAND", Kind: shell.KindLine, Many: true}},
		Options: []shell.Option{{Name: "n", Value: "COUNT", Kind: shell.KindPositive, Help: "end after so many times"}},
		Summary: "execute a command again and again",
		Help: "Until Ctrl-C, or -n times; the options of every stand before COMMAND. On a\n" +
			"terminal the output stays in its place, and a failure is shown there. In a\n" +
			"script one output follows the other, and the first failure ends it.\n",
		Example: "every 1s members",
	}
}

func every(ctx context.Context, s *shell.Session, a shell.Args) error {
	e := repeated{every: a.Duration("TIME"), most: a.Number("n"), words: a.Inner()}
	run := e.inScript
	if screen := s.Screen(); screen != nil {
		defer screen.Close()
		run = e.inPlace(screen)
	}
	tick := time.NewTicker(e.every)
	defer tick.Stop()
	for {
		e.times++
		if err := run(ctx, s); err != nil {
			return err
		}
		if e.times == e.most {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if ctx.Err() != nil {
			return &failure.StoppedError{Text: "stopped after " + out.Count(e.times, "time")}
		}
	}
}

// repeated is a command that is executed again and again.
type repeated struct {
	every time.Duration
	words []syntax.Word
	most  uint64 // times, 0 for no end
	times uint64 // so far
}

// inScript executes the command once. What Ctrl-C cuts short has not failed.
func (e *repeated) inScript(ctx context.Context, s *shell.Session) error {
	err := s.Run(ctx, e.words)
	if err == nil || failure.IsStopped(err) || ctx.Err() != nil && e.most == 0 {
		return nil
	}
	if e.most == 0 {
		return failure.Noted(err, "that was time %d", e.times)
	}
	return atTime(err, e.times, e.most)
}

// inPlace executes the command and shows its output where the last one was.
func (e *repeated) inPlace(screen *shell.Screen) func(context.Context, *shell.Session) error {
	return func(ctx context.Context, s *shell.Session) error {
		text, err := s.Render(ctx, e.words)
		if ctx.Err() != nil {
			return nil // what is on the screen is whole
		}
		if failure.Code(err) == failure.ExitUsage {
			return err
		}
		title := fmt.Sprintf("every %v, time %d", e.every, e.times)
		if e.most == 0 {
			title += "; Ctrl-C ends it"
		}
		return screen.Draw(s.Ink.Dim.Sprint(title) + "\n" + text)
	}
}
