package fake

import (
	"io"
	"sync/atomic"
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

// Clock moves one millisecond with every look at it. Several goroutines may look.
func Clock() func() time.Time {
	var looks atomic.Int64
	return func() time.Time { return time.Unix(0, 0).UTC().Add(time.Duration(looks.Add(1)) * time.Millisecond) }
}
