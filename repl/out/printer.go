// Package out prints what the shell has to show, in the format that is wanted: lines and
// tables for people, lines with tabs for scripts, records for programs that read JSON or
// CSV. It knows neither commands nor what a cluster is.
package out

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Printer is where a session prints. One goroutine uses it.
type Printer struct {
	// Out takes results, Err errors and remarks that are no part of a result.
	Out, Err io.Writer
	// Ink are the colors of Out, ErrInk those of Err.
	Ink, ErrInk Palette
	// Human: a person reads Out, not a program.
	Human bool
	// Format is how answers are printed; "" leaves it to Human. See Form.
	Format Format
	// Hex shows keys and values in hexadecimal.
	Hex bool
	// Width returns the columns that a table may have, 0 for no limit.
	Width func() int
}

// Note prints something beside a result, for people. Where the answers are for programs
// alone it goes to Err.
func (p *Printer) Note(format string, args ...any) {
	text := p.remark(format, args)
	if m := p.Form(); m == FormatTable || m == FormatPlain {
		fmt.Fprintln(p.Out, p.Ink.Dim.Sprint(text))
		return
	}
	fmt.Fprintln(p.Err, p.ErrInk.Dim.Sprint(text))
}

// remark is what is said beside a result, which breaks at its blanks for people.
func (p *Printer) remark(format string, args []any) string {
	text := fmt.Sprintf(format, args...)
	if p.Human && p.ForPeople() {
		return Reflow(text, p.Width())
	}
	return text
}

// Warn prints a remark about a result beside it, so that the result itself stays fit
// for programs.
func (p *Printer) Warn(format string, args ...any) {
	fmt.Fprintln(p.Err, p.ErrInk.Warn.Sprint(p.remark(format, args)))
}

// Line prints a line of a result; what names it in the error. A failure to write is
// told to the caller, so that an endless command ends.
func (p *Printer) Line(what, text string) error {
	if _, err := fmt.Fprintln(p.Out, text); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}

// Tabs is a line for scripts: a word, a revision, a key and what else belongs to it, with
// tabs between them.
func (p *Printer) Tabs(word string, revision uint64, key string, more ...string) string {
	fields := append([]string{word, strconv.FormatUint(revision, 10), p.Quote(key)}, more...)
	return strings.Join(fields, "\t")
}

// Table prints a grid as wide as tables may be.
func (p *Printer) Table(g *Grid) error {
	if err := g.print(p.Out, p.Width(), p.Ink.Dim); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}
