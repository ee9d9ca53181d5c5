//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package term

// Mute does nothing here: what is typed is shown where the cursor is.
func Mute(any) (undo func()) { return func() {} }
