package out

import "slices"

// Format is the form in which answers are printed.
type Format string

// The formats.
const (
	FormatTable Format = "table" // for people: tables that fit the terminal, sentences
	FormatPlain Format = "plain" // lines with tabs in them, keys and values quoted
	FormatJSON  Format = "json"  // one JSON document a command
	FormatJSONL Format = "jsonl" // a JSON object a line
	FormatCSV   Format = "csv"   // a line of titles, and lines as RFC 4180 has them
	FormatRaw   Format = "raw"   // as plain, but keys and values byte for byte
)

// Formats returns the names of all formats.
func Formats() []string {
	return []string{string(FormatTable), string(FormatPlain), string(FormatJSON), string(FormatJSONL), string(FormatCSV), string(FormatRaw)}
}

// IsFormat reports whether a word is the name of a format.
func IsFormat(word string) bool { return slices.Contains(Formats(), word) }

// JSON reports whether the format is made of JSON.
func (f Format) JSON() bool { return f == FormatJSON || f == FormatJSONL }

// ofRecords reports whether the format is made of records, and not of text.
func (f Format) ofRecords() bool { return f.JSON() || f == FormatCSV }

// Form is the format in force: the one that was chosen or, if none was, tables for a
// person and plain lines for a program.
func (p *Printer) Form() Format {
	switch {
	case p.Format != "":
		return p.Format
	case p.Human:
		return FormatTable
	default:
		return FormatPlain
	}
}

// ForPeople reports whether answers are printed for people, so that what is said beside
// them is welcome.
func (p *Printer) ForPeople() bool { return p.Form() == FormatTable }

// ForPrograms reports whether answers are records, whose fields hold all there is to say.
func (p *Printer) ForPrograms() bool { return p.Form().ofRecords() }

// SetFormat changes how answers are printed from now on; "" leaves the format as it is.
func (p *Printer) SetFormat(f Format, hex bool) {
	if f != "" {
		p.Format = f
	}
	p.Hex = hex
}

// As returns a printer like p with another format, unless that is "", and with hex if
// that is wanted.
func (p *Printer) As(f Format, hex bool) *Printer {
	other := *p
	if f != "" {
		other.Format = f
	}
	other.Hex = p.Hex || hex
	return &other
}
