package term

import "strings"

// Marks stand in the edited line for what readline cannot hold there. They are
// private code points of the last plane, which no keyboard has.
const (
	markNewline = '\U0010F000' // a newline that was pasted
	markTab     = '\U0010F001' // a tab that was pasted
	markDelete  = '\U0010F002' // the Delete key follows; see keyFilter
)

var (
	marker   = strings.NewReplacer("\n", string(markNewline), "\t", string(markTab))
	unmarker = strings.NewReplacer(string(markNewline), "\n", string(markTab), "\t", string(markDelete), "")
)

func mark(text string) string   { return marker.Replace(text) }
func unmark(text string) string { return unmarker.Replace(text) }

// markPainter shows the marks; each takes one cell.
type markPainter struct{}

// Paint implements readline.Painter.
func (markPainter) Paint(line []rune, _ int) []rune {
	painted := make([]rune, len(line))
	for i, r := range line {
		switch r {
		case markNewline:
			r = '⏎'
		case markTab:
			r = '→'
		}
		painted[i] = r
	}
	return painted
}
