package term

import (
	"io"
	"os"

	xterm "golang.org/x/term"
)

// Is reports whether a stream, such as os.Stdout, is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Width returns the columns of the terminal behind w, 0 if there is none.
func Width(w io.Writer) int {
	width, _ := size(w)
	return width
}

// Height returns the rows of the terminal behind w, 0 if there is none.
func Height(w io.Writer) int {
	_, height := size(w)
	return height
}

func size(w io.Writer) (width, height int) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, 0
	}
	width, height, err := xterm.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}

// screenSize returns the columns and rows of a terminal, the usual ones if it does not
// say.
func screenSize(f *os.File) (width, height int) {
	if width, height = size(f); width < 1 || height < 1 {
		return 80, 24
	}
	return width, height
}
