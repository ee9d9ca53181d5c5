package sink

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

// Pages shows an answer on a terminal, and has a pager show it as soon as it turns out to be
// longer than the screen. What was shown until then, a screen at most, is all that is kept.
type Pages struct {
	screen io.Writer
	most   int                     // rows that fit, beside the one of the prompt
	start  func() *Program         // nil once it was called
	pager  atomic.Pointer[Program] // nil before it is wanted, or if there is none

	shown []byte
	rows  rows
}

// NewPages shows an answer on a screen of so many columns and rows. start starts the
// pager; it returns nil if there is none, and the answer goes on the screen as it is.
func NewPages(screen io.Writer, width, height int, start func() *Program) *Pages {
	return &Pages{screen: screen, most: height - 1, start: start, rows: rows{width: width}}
}

// Write implements io.Writer. The error is ErrGone if the pager was left.
func (p *Pages) Write(text []byte) (int, error) {
	if p.start != nil {
		if err := p.turn(text); err != nil {
			return 0, err
		}
	}
	if pager := p.pager.Load(); pager != nil {
		return pager.Write(text)
	}
	return p.screen.Write(text)
}

// turn hands over to the pager if what is shown and text are too long for the screen:
// that is wiped off row by row, since some terminals keep a screen that is cleared as a
// whole, and is the beginning of what the pager shows.
func (p *Pages) turn(text []byte) error {
	end := p.rows.row
	if p.rows.add(text); p.rows.row <= p.most {
		p.shown = append(p.shown, text...)
		return nil
	}
	pager, shown := p.start(), p.shown
	p.start, p.shown = nil, nil
	if pager == nil {
		return nil
	}
	p.pager.Store(pager)
	if _, err := io.WriteString(p.screen, "\r\x1b[K"+strings.Repeat("\x1b[A\x1b[K", end)); err != nil {
		return fmt.Errorf("write screen: %w", err)
	}
	_, err := pager.Write(shown)
	return err
}

// Waited returns for how long the pager has kept those waiting who write. Safe for
// concurrent use.
func (p *Pages) Waited() time.Duration {
	if pager := p.pager.Load(); pager != nil {
		return pager.Waited()
	}
	return 0
}

// Close waits until the pager is left, if there is one, and returns how it ended.
func (p *Pages) Close() error {
	if pager := p.pager.Load(); pager != nil {
		return pager.Wait()
	}
	return nil
}
