package builtin

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counting is a session with commands that answer differently each time: `count` says how
// often it was asked, `late` fails twice, `stuck` waits for its end.
func counting(t *testing.T) (*shell.Session, *bytes.Buffer, *int) {
	t.Helper()
	asked := 0
	rows := []shell.Command{
		{Name: "count", Group: shell.GroupData, Run: func(_ context.Context, s *shell.Session, _ shell.Args) error {
			asked++
			return s.Line("count", strconv.Itoa(asked))
		}},
		{Name: "late", Group: shell.GroupData, Run: func(_ context.Context, s *shell.Session, _ shell.Args) error {
			if asked++; asked < 3 {
				return kverr.ErrNoLeader
			}
			return s.Line("late", "here")
		}},
		{Name: "stuck", Group: shell.GroupData, Run: func(ctx context.Context, _ *shell.Session, _ shell.Args) error {
			asked++
			<-ctx.Done()
			return kverr.From(ctx.Err())
		}},
		{Name: "once", Group: shell.GroupData, Run: func(ctx context.Context, s *shell.Session, _ shell.Args) error {
			if asked++; asked == 1 {
				return s.Line("once", "first")
			}
			<-ctx.Done()
			return kverr.From(ctx.Err())
		}},
	}
	var text bytes.Buffer
	ink := out.NewPalette(false)
	s := shell.New(shell.Config{Rooms: []shell.Room{{Commands: rows}, Room()}, Timeout: time.Minute, Printer: &out.Printer{
		Out: &text, Err: &text, Ink: ink, ErrInk: ink, Width: func() int { return 0 }}})
	return s, &text, &asked
}

func do(ctx context.Context, t *testing.T, s *shell.Session, text string) error {
	t.Helper()
	statements, err := syntax.Parse(text)
	if err != nil || len(statements) != 1 {
		t.Fatalf("%q: %v, %v", text, statements, err)
	}
	return s.Do(ctx, statements[0])
}

func TestExpectTriesAgainUntilItHolds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"expect count == 3 within 1m": 3, "expect late == here within 1m": 3, "expect late fails within 1m": 1,
		"expect late fails with no-leader": 1, "expect count > 1 within 1m": 2} {
		s, _, asked := counting(t)
		if err := do(t.Context(), t, s, text); err != nil || *asked != want {
			t.Errorf("%s: %v after %d", text, err, *asked)
		}
	}
}

func TestWhatIsFoundLastIsTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"expect once == second within 20ms": "first", // not that the next look was cut short
		"expect stuck == x within 1ms":      "error: no answer came in time; look at `members`",
		"expect count == 0":                 "1",
	} {
		s, _, _ := counting(t)
		var unmet *failure.UnmetError
		if err := do(t.Context(), t, s, text); !errors.As(err, &unmet) || !slices.Equal(unmet.Found, []string{want}) || failure.Code(err) != failure.ExitFailed {
			t.Errorf("%s: %#v", text, err)
		}
	}
}

func TestExpectEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s, _, _ := counting(t)
	ctx, cancel := context.WithCancel(t.Context())
	stop := time.AfterFunc(20*time.Millisecond, cancel)
	defer stop.Stop()
	err := do(ctx, t, s, "expect count == 0 within 1h")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if lines := failure.Explain(err); !strings.Contains(lines[len(lines)-1], "found so far: ") {
		t.Errorf("%q does not tell what was found", lines)
	}
}
