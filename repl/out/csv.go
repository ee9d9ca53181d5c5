package out

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"io"
	"unicode/utf8"
)

// CSV has a column for each field, and an empty one where there is no value. Bytes have
// two, such as value and value_base64, of which one is filled in, since the titles stand
// before anybody has seen the values; in hexadecimal they have one, value_hex. A carriage
// return is left to base64, too: programs that read CSV take it for a part of a line's
// end. What is a list or a record itself is JSON.

// csvEncoder writes records as CSV.
type csvEncoder struct {
	w     *csv.Writer
	hex   bool
	begun bool
}

func newCSVEncoder(w io.Writer, hex bool) *csvEncoder {
	return &csvEncoder{w: csv.NewWriter(w), hex: hex}
}

func (e *csvEncoder) record(r Record) error {
	if !e.begun {
		e.begun = true
		if err := e.line(columns(r, e.hex)); err != nil {
			return err
		}
	}
	return e.line(cells(r, e.hex))
}

func (e *csvEncoder) end(empty func() Record) error {
	if e.begun || empty == nil {
		return nil
	}
	return e.line(columns(empty(), e.hex))
}

func (e *csvEncoder) line(cells []string) error {
	if err := e.w.Write(cells); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

func columns(r Record, inHex bool) (names []string) {
	for _, f := range r {
		switch _, isBytes := f.value.([]byte); {
		case !isBytes:
			names = append(names, f.name)
		case inHex:
			names = append(names, f.name+"_hex")
		default:
			names = append(names, f.name, f.name+"_base64")
		}
	}
	return names
}

func cells(r Record, inHex bool) (texts []string) {
	for _, f := range r {
		data, isBytes := f.value.([]byte)
		switch {
		case isBytes:
			texts = append(texts, bytesCells(data, f.unknown, inHex)...)
		case f.unknown:
			texts = append(texts, "")
		default:
			texts = append(texts, cell(f.value, inHex))
		}
	}
	return texts
}

func bytesCells(data []byte, unknown, inHex bool) []string {
	switch {
	case unknown && inHex:
		return []string{""}
	case unknown:
		return []string{"", ""}
	case inHex:
		return []string{hex.EncodeToString(data)}
	case utf8.Valid(data) && !bytes.ContainsRune(data, '\r'):
		return []string{string(data), ""}
	default:
		return []string{"", base64.StdEncoding.EncodeToString(data)}
	}
}

func cell(value any, inHex bool) string {
	switch v := value.(type) {
	case string:
		return v
	case Record, []Record, []string:
		var b bytes.Buffer
		writeValue(&b, v, inHex)
		return b.String()
	default:
		return scalar(v)
	}
}
