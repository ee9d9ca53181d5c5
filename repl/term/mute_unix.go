//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// Mute keeps a terminal from showing what is typed until undo, so that it does no harm to
// what is drawn in place. Ctrl-C still does what it does. On what is no terminal, such as a
// pipe, it does nothing.
func Mute(stream any) (undo func()) {
	f, ok := stream.(*os.File)
	if !ok {
		return func() {}
	}
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return func() {}
	}
	muted := *before
	muted.Lflag &^= unix.ECHO | unix.ECHONL
	if unix.IoctlSetTermios(fd, setTermios, &muted) != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, before) } // it worked a moment ago
}
