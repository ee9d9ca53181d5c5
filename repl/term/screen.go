package term

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// frame is what is to be seen of a line that is being edited.
type frame struct {
	rows     []row
	row, col int // where the cursor stands
}

// crop keeps what fits into a screen: the rows around the cursor.
func (f frame) crop(height int) frame {
	if len(f.rows) <= height {
		return f
	}
	top := min(max(0, f.row-height+1), len(f.rows)-height)
	return frame{rows: f.rows[top : top+height], row: f.row - top, col: f.col}
}

// add puts a few plain characters where the cursor stands, at the end of the frame.
func (f *frame) add(text string) {
	last := &f.rows[len(f.rows)-1]
	last.text = append(last.text, text...)
}

// screen draws frames on a terminal, each over the one before. The editor's mutex
// guards it.
type screen struct {
	out   io.Writer
	row   int    // of the cursor, from the first row of the frame that is shown
	drawn []byte // that frame, nil if it is to be drawn anyway
	shown frame  // that frame, too
}

// draw shows a frame instead of the one before.
func (s *screen) draw(f frame) {
	body := f.bytes()
	if bytes.Equal(body, s.drawn) {
		return
	}
	s.write(s.home(), string(body))
	s.drawn, s.row, s.shown = body, f.row, f
}

// home goes to where the frame began, and wipes it.
func (s *screen) home() string {
	up := ""
	if s.row > 0 {
		up = fmt.Sprintf("\x1b[%dA", s.row)
	}
	return up + wipeDown
}

// wipeDown wipes the row of the cursor and all below it. It does not begin in the first
// column: some terminals, such as tmux, take what is wiped from the corner of the screen on
// for a screen that is cleared, and keep it above, with every key once more.
const wipeDown = "\r \x1b[J\r"

// above writes lines in the place of the frame, which is drawn anew below them.
func (s *screen) above(text string, f frame) {
	body := f.bytes()
	s.write(s.home(), crlf(text), "\r\n", string(body))
	s.drawn, s.row, s.shown = body, f.row, f
}

// begin makes room for a first frame: it begins a row unless the cursor stands at the
// beginning of one. Blanks up to the last column lead to the next row only if
// something stands before them.
func (s *screen) begin(width int) {
	s.write("\x1b[?2004h", strings.Repeat(" ", max(width-1, 0)), wipeDown)
	s.row, s.drawn = 0, nil
}

// end leaves the frame where it is and goes below it.
func (s *screen) end(f frame) {
	s.draw(f)
	below := len(f.rows) - 1 - f.row
	s.write(strings.Repeat("\n", below), "\r\n\x1b[?2004l")
	s.row, s.drawn = 0, nil
}

// wipe removes the frame.
func (s *screen) wipe() {
	s.write(s.home(), "\x1b[?2004l")
	s.row, s.drawn = 0, nil
}

// resized makes the next frame be drawn anew. Most terminals have wrapped what they show
// to their new width, so that the cursor stands in another row.
func (s *screen) resized(width int) { s.row, s.drawn = s.shown.wrapped(max(width, 1)), nil }

// wrapped is the row of the cursor after the frame was wrapped to another width.
func (f frame) wrapped(width int) int {
	above, cells := 0, 0
	for i, r := range f.rows {
		if i == f.row {
			cells += f.col
			break
		}
		if cells += r.cells; !f.continues(i) {
			above, cells = above+max(1, (cells+width-1)/width), 0
		}
	}
	return above + cells/width
}

// continues reports whether the terminal itself went on from a row to the next.
func (f frame) continues(row int) bool {
	return f.rows[row].soft && row+1 < len(f.rows) && f.rows[row+1].cells > 0
}

// clear wipes the whole screen.
func (s *screen) clear() {
	s.write("\x1b[H\x1b[2J")
	s.row, s.drawn = 0, nil
}

// bell rings.
func (s *screen) bell() { s.write("\a") }

// write writes at once, so that nothing half drawn is seen. There is nobody to tell of
// an error: the reading of keys notices that the terminal is gone.
func (s *screen) write(parts ...string) { _, _ = io.WriteString(s.out, strings.Join(parts, "")) }

// bytes are what shows the frame and puts the cursor into its place.
func (f frame) bytes() []byte {
	var b bytes.Buffer
	for i, r := range f.rows {
		b.Write(r.text)
		if i == len(f.rows)-1 {
			break
		}
		if !f.continues(i) {
			b.WriteString("\r\n")
		}
	}
	if up := len(f.rows) - 1 - f.row; up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteByte('\r')
	if f.col > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", f.col)
	}
	return b.Bytes()
}

// crlf ends lines as a terminal in raw mode wants them, and no text with a newline.
func crlf(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\r\n")
}
