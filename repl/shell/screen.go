package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Screen is a place on a terminal where a text is drawn again and again, until Close. What
// is typed meanwhile does not show.
type Screen struct {
	w      io.Writer
	height func() int
	lines  int // of what is drawn
	record *resultKeeper
	unmute func()
}

// Screen returns a place below what the session has printed, nil if a program or a file
// gets what it prints.
func (s *Session) Screen() *Screen {
	if s.height == nil || s.height() == 0 || !s.Human && !s.single {
		return nil
	}
	return &Screen{w: s.Out, height: s.height, record: s.results, unmute: s.Still()}
}

// Still keeps what is typed from being shown until undo, for the sake of what is drawn in
// place.
func (s *Session) Still() (undo func()) {
	if s.Mute == nil {
		return func() {}
	}
	return s.Mute()
}

// Close leaves what is drawn as it is.
func (sc *Screen) Close() { sc.unmute() }

// Wipe takes away what is drawn.
func (sc *Screen) Wipe() error {
	text := ""
	if sc.lines > 0 {
		text = fmt.Sprintf("\r\x1b[%dA\x1b[J", sc.lines)
	}
	sc.lines = 0
	sc.record.forget()
	return sc.write(text)
}

func (sc *Screen) write(text string) error {
	if _, err := io.WriteString(sc.w, text); err != nil {
		return fmt.Errorf("write screen: %w", err)
	}
	return nil
}

// Draw puts a text in the place of the last one. Lines that are too long or too many for
// the terminal are cut off. All is one write, so that nothing flickers.
func (sc *Screen) Draw(text string) error {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if most := max(sc.height()-1, 1); len(lines) > most {
		lines = append(lines[:most-1:most-1], "…")
	}
	var b strings.Builder
	if sc.lines > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", sc.lines)
	}
	b.WriteString("\x1b[?7l") // no line goes on in the next row
	for _, l := range lines {
		b.WriteString(l + "\x1b[K\r\n")
	}
	b.WriteString("\x1b[?7h\x1b[J")
	sc.lines = len(lines)
	sc.record.forget()
	return sc.write(b.String())
}

// Render executes a command as a person would see it and returns all that it prints,
// also about what went wrong. Nobody is asked.
func (s *Session) Render(ctx context.Context, words []syntax.Word) (string, error) {
	var text bytes.Buffer
	child := *s
	printer := *s.Printer
	printer.Out, printer.Err = &text, &text
	child.Printer, child.Ask, child.open, child.height = &printer, nil, nil, nil
	err := child.exec(ctx, words)
	if err != nil && !failure.IsStopped(err) {
		child.Fail(err)
	}
	return text.String(), err
}
