package builtin

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// watching is a session of a person whose terminal has so many rows; after a number of
// looks it presses Ctrl-C.
func watching(rows int, looks int, cancel func(), w io.Writer) *shell.Session {
	n := 0
	look := shell.Command{Name: "look", Group: shell.GroupData, Run: func(_ context.Context, s *shell.Session, _ shell.Args) error {
		if n++; n == looks {
			cancel()
		}
		if n == 2 {
			return &failure.AbsentError{Text: "gone"}
		}
		return s.Line("look", strings.Repeat("line\n", n)+"end")
	}}
	ink := out.NewPalette(false)
	return shell.New(shell.Config{Rooms: []shell.Room{{Commands: []shell.Command{look}}, Room()}, Height: func() int { return rows },
		Printer: &out.Printer{Out: w, Err: w, Ink: ink, ErrInk: ink, Human: rows > 0, Width: func() int { return 0 }}})
}

func TestEveryRedrawsInPlaceUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var screen bytes.Buffer
	err := do(ctx, t, watching(6, 5, cancel, &screen), "every 1ms look")
	if !failure.IsStopped(err) || err.Error() != "stopped after 5 times" {
		t.Errorf("ended with %v", err)
	}
	want := strings.Join([]string{
		"\x1b[?7levery 1ms, time 1; Ctrl-C ends it\x1b[K\r\nline\x1b[K\r\nend\x1b[K\r\n\x1b[?7h\x1b[J",
		"\r\x1b[3A\x1b[?7levery 1ms, time 2; Ctrl-C ends it\x1b[K\r\nerror: gone\x1b[K\r\n\x1b[?7h\x1b[J",
		"\r\x1b[2A\x1b[?7levery 1ms, time 3; Ctrl-C ends it\x1b[K\r\nline\x1b[K\r\nline\x1b[K\r\nline\x1b[K\r\nend\x1b[K\r\n\x1b[?7h\x1b[J",
		"\r\x1b[5A\x1b[?7levery 1ms, time 4; Ctrl-C ends it\x1b[K\r\nline\x1b[K\r\nline\x1b[K\r\nline\x1b[K\r\n…\x1b[K\r\n\x1b[?7h\x1b[J",
	}, "")
	if screen.String() != want {
		t.Errorf("drawn\n%q, want\n%q", screen.String(), want)
	}
}

func TestEveryInAScriptPrintsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var text bytes.Buffer
	if err := do(ctx, t, watching(0, 9, cancel, &text), "every -n 1 1h look"); err != nil || text.String() != "line\nend\n" {
		t.Errorf("%v, %q", err, text.String())
	}
	err := do(ctx, t, watching(0, 9, cancel, io.Discard), "every 1ms look")
	if lines := failure.Explain(err); failure.Code(err) != failure.ExitNotFound || lines[len(lines)-1] != "that was time 2" {
		t.Errorf("a failure at time 2 ended it with %v", err)
	}
}

// Ctrl-C between two times and during one stops a repeat, which was not finished then.
func TestARepeatStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := time.AfterFunc(time.Minute, cancel)
	defer stop.Stop()
	err := do(ctx, t, watching(0, 1, cancel, io.Discard), "5 look")
	if err == nil || err.Error() != "stopped after 1 of 5 times" || failure.Code(err) != failure.ExitFailed {
		t.Errorf("ended with %v", err)
	}
}
