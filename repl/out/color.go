package out

import (
	"os"

	"github.com/fatih/color"
)

// Palette is the colors for one writer. The color library decides once
// for the whole program and from the standard output; here each writer decides.
type Palette struct {
	Good, Bad, Warn, Dim, Strong, Key *color.Color
}

// NewPalette returns the colors, or none of them.
func NewPalette(on bool) Palette {
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
	return Palette{
		Good:   ink(color.FgGreen),
		Bad:    ink(color.FgRed),
		Warn:   ink(color.FgYellow),
		Dim:    ink(color.Faint),
		Strong: ink(color.Bold),
		Key:    ink(color.FgCyan),
	}
}

// UseColor decides for one writer: mode is "always", "never", or "auto" or empty,
// which is yes for a terminal unless NO_COLOR is set and not empty, or TERM is "dumb".
func UseColor(mode string, terminal bool) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
