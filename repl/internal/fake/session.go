package fake

import (
	"io"
	"time"

	"kv/repl/out"
	"kv/repl/shell"
)

// Session is the session of a script on some rooms, which prints to outw and errw.
func Session(outw, errw io.Writer, rooms ...shell.Room) *shell.Session {
	ink := out.NewPalette(false)
	return shell.New(shell.Config{Rooms: rooms, Now: Clock(), Printer: &out.Printer{
		Out: outw, Err: errw, Ink: ink, ErrInk: ink, Width: func() int { return 0 }}})
}

// Clock moves one millisecond with every look at it.
func Clock() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time { now = now.Add(time.Millisecond); return now }
}
