package repl

import (
	"io"
	"os"

	"github.com/fatih/color"
	"golang.org/x/term"
)

// palette is the session's colors for one writer. The color library decides once
// for the whole program and from the standard output; here each writer decides.
type palette struct {
	good, bad, warn, dim, strong, key *color.Color
}

func newPalette(on bool) palette {
	ink := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	// Only the eight basic colors: readline knows no others on Windows.
	return palette{
		good:   ink(color.FgGreen),
		bad:    ink(color.FgRed),
		warn:   ink(color.FgYellow),
		dim:    ink(color.Faint),
		strong: ink(color.Bold),
		key:    ink(color.FgCyan),
	}
}

// useColor decides for one writer; see Config.Color.
func useColor(mode string, w io.Writer) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

// Terminal reports whether a person sits at both ends, so that an interactive
// session makes sense.
func Terminal(in io.Reader, out io.Writer) bool {
	return isTerminal(in) && isTerminal(out)
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth returns the columns of the terminal behind w, 0 if there is none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
