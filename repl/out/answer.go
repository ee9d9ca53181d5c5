package out

import (
	"fmt"
	"io"
)

// encoder writes records in one format. Each record is one write.
type encoder interface {
	// record writes one more.
	record(Record) error
	// end writes what comes behind the last one. If there was none, empty tells which
	// fields it would have had; it may be nil.
	end(empty func() Record) error
}

// encoder returns that of the format in force, nil if that is made of text. A list may
// become an array.
func (p *Printer) encoder(list bool) encoder {
	switch p.Form() {
	case FormatJSON, FormatJSONL:
		return &jsonEncoder{w: p.Out, hex: p.Hex, list: list && p.Form() == FormatJSON}
	case FormatCSV:
		return newCSVEncoder(p.Out, p.Hex)
	default:
		return nil
	}
}

// One prints an answer that is one thing: its record, or in a format that is made of text
// what text prints.
func (p *Printer) One(r Record, text func() error) error {
	e := p.encoder(false)
	if e == nil {
		return text()
	}
	if err := e.record(r); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

// Many prints an answer that is several things: their records, or in a format that is made
// of text what text prints of all together.
func (p *Printer) Many(all []Record, text func() error) error {
	if !p.ForPrograms() {
		return text()
	}
	return View[Record]{Record: func(r Record) Record { return r }}.All(p, all)
}

// Fault prints a record about what went wrong beside the answers, as a line of JSON.
func (p *Printer) Fault(r Record) error {
	return (&jsonEncoder{w: p.Err, hex: p.Hex}).record(r)
}

// JSON writes a record to w as a document of its own.
func (r Record) JSON(w io.Writer) error { return (&jsonEncoder{w: w}).record(r) }
