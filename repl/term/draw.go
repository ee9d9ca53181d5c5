package term

import (
	"fmt"
	"strings"
)

// frame lays out the line with all that is around it. The caller holds mu.
func (e *editor) frame() frame {
	width, height := screenSize(e.out)
	c := newCanvas(width)
	c.print(e.shown)
	var f frame
	for i, r := range e.text.runes {
		if i == e.text.pos {
			f.row, f.col = c.here()
			if r == '\n' && f.row == len(c.rows) {
				f.row, f.col = len(c.rows)-1, c.width-1
			}
		}
		if r != '\n' {
			c.typed(r)
			continue
		}
		c.next()
		if cells := textCells(e.more); cells < c.width/2 {
			c.print(e.inGrey(e.more))
		}
	}
	if e.text.atEnd() {
		if f.row, f.col = c.here(); f.row == len(c.rows) {
			c.next()
		}
		c.print(e.inGrey(e.suggestion(c.room())))
	}
	for _, below := range e.below(c.width, height-len(c.rows)) {
		c.next()
		c.print(below)
	}
	f.rows = c.rows
	return f.crop(height)
}

// below are the rows under the line.
func (e *editor) below(width, height int) []string {
	var rows []string
	switch {
	case e.search != nil:
		rows = append(rows, e.inGrey(fit(shown(e.search.status()), width-1)))
	case e.note != "":
		rows = append(rows, e.inGrey(fit(shown(e.note), width-1)))
	}
	if e.menu != nil {
		rows = append(e.menu.rows(width-1, height-len(rows)), rows...)
	}
	return rows[:min(len(rows), max(height, 0))]
}

func (e *editor) inGrey(text string) string {
	if text == "" {
		return ""
	}
	return e.grey + text + "\x1b[0m"
}

// draw shows the line as it is now. The caller holds mu.
func (e *editor) draw() {
	if !e.typing {
		return
	}
	if width, _ := screenSize(e.out); width != e.width {
		e.width = width
		e.screen.resized(width)
	}
	e.screen.draw(e.frame())
}

// Above implements Line.
func (e *editor) Above(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.typing {
		e.waiting.add(text)
		return
	}
	e.screen.above(text, e.frame())
}

// mostWaiting is how many lines are kept for the next prompt.
const mostWaiting = 200

// waiting are the lines that came while no line was typed.
type waiting struct {
	lines   []string
	dropped int
}

func (w *waiting) add(text string) {
	w.lines = append(w.lines, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	if more := len(w.lines) - mostWaiting; more > 0 {
		w.lines, w.dropped = w.lines[more:], w.dropped+more
	}
}

// take returns all of them, "" for none.
func (w *waiting) take() string {
	lines := w.lines
	if w.dropped > 0 {
		lines = append([]string{fmt.Sprintf("(%d lines before these are left out)", w.dropped)}, lines...)
	}
	*w = waiting{}
	return strings.Join(lines, "\n")
}
