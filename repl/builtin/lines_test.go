package builtin

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// FuzzLines gives scripts to a session whose commands touch no files: none makes it panic
// or run on after its context, and the exit code is one of the shell's.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"set a 1; echo $a ${a} $? '$a'", "2 2 echo x", "repeat 3 expect 2 echo x == y", "expect $a == 1 within 1ms",
		"set x = echo $x", "every -n 2 1ms echo", "help @x; help repeat; help \"$\"", "timing on; expect expect expect", "set x = set x = set x = echo 1", "echo a > b | c >> d", strings.Repeat("1 ", 60) + "echo a", "unset a; exit; echo", "format json; help; set a 1; set; nope", "help -o csv; keys -o jsonl -hex; format raw -hex; echo x; every -o json -n 1 1ms timing"} {
		f.Add(seed)
	}
	room := Room()
	room.Commands = slices.DeleteFunc(room.Commands, func(c shell.Command) bool {
		return c.Name == "source" || strings.HasPrefix(c.Name, "record")
	})
	ink := out.NewPalette(false)
	f.Fuzz(func(t *testing.T, text string) {
		for _, human := range []bool{false, true} {
			s := shell.New(shell.Config{Rooms: []shell.Room{room}, KeepGoing: true, Height: func() int { return 5 },
				Printer: &out.Printer{Out: io.Discard, Err: io.Discard, Ink: ink, ErrInk: ink, Human: human, Width: func() int { return 40 }}})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			code := s.Play(ctx, strings.NewReader(text))
			cancel()
			if code < failure.ExitOK || code > failure.ExitNoQuorum {
				t.Errorf("exit code %d", code)
			}
		}
	})
}
