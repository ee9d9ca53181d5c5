package out

import (
	"encoding/hex"
	"fmt"
	"strings"

	"kv/repl/syntax"
)

// Quote shows a key or a value of the store in a line: as the language of the shell reads
// it, in raw byte for byte, or in hexadecimal.
func (p *Printer) Quote(data string) string {
	switch {
	case p.Hex:
		return hex.EncodeToString([]byte(data))
	case p.Form() == FormatRaw:
		return data
	default:
		return syntax.Quote(data)
	}
}

// Preview is the beginning of a value in one line, for people.
func (p *Printer) Preview(value []byte) string {
	const most = 256
	switch {
	case !p.Hex:
		return Preview(value)
	case len(value) > most:
		return hex.EncodeToString(value[:most]) + "…"
	default:
		return hex.EncodeToString(value)
	}
}

// Bytes prints a value on a line of its own: for people so that it does no harm to a
// terminal, else byte for byte. In raw the bytes are all there is, with no newline behind
// them that a file would have to lose again, unless a prompt would stand there.
func (p *Printer) Bytes(value []byte) error {
	text, end := string(value), "\n"
	switch mode := p.Form(); {
	case p.Hex:
		text = hex.EncodeToString(value)
	case mode == FormatTable:
		text = Value(value)
	}
	if p.Form() == FormatRaw && (!p.Human || strings.HasSuffix(text, "\n")) {
		end = ""
	}
	if _, err := fmt.Fprint(p.Out, text+end); err != nil {
		return fmt.Errorf("write value: %w", err)
	}
	return nil
}
