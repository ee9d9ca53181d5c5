package out

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// JSON has one form for each type: text as a string, a number in full, whatever its
// size, a time as RFC 3339 has it, and null where there is no value. Bytes are a string if
// they are valid UTF-8; others are in base64 under a name that says so, value_base64
// instead of value. In hexadecimal, all bytes are under value_hex.

// jsonEncoder writes records as JSON: one, one a line, or a list of them that is never
// held as a whole. A list that breaks off has no end, so that nobody takes it for whole.
type jsonEncoder struct {
	w     io.Writer
	hex   bool
	list  bool // an array; else objects, each on a line
	begun bool
}

func (e *jsonEncoder) record(r Record) error {
	var b bytes.Buffer
	switch {
	case e.list && e.begun:
		b.WriteString(",\n")
	case e.list:
		b.WriteString("[\n")
	}
	e.begun = true
	writeObject(&b, r, e.hex)
	if !e.list {
		b.WriteByte('\n')
	}
	_, err := e.w.Write(b.Bytes())
	return err
}

func (e *jsonEncoder) end(func() Record) error {
	text := ""
	switch {
	case e.list && e.begun:
		text = "\n]\n"
	case e.list:
		text = "[]\n"
	}
	_, err := io.WriteString(e.w, text)
	return err
}

func writeObject(b *bytes.Buffer, r Record, inHex bool) {
	b.WriteByte('{')
	for i, f := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		name, value := f.name, f.value
		if data, ok := value.([]byte); ok {
			var mark string
			value, mark = bytesText(data, inHex)
			name += mark
		}
		b.WriteString(`"` + name + `":`)
		if f.unknown {
			b.WriteString("null")
		} else {
			writeValue(b, value, inHex)
		}
	}
	b.WriteByte('}')
}

func writeValue(b *bytes.Buffer, value any, inHex bool) {
	switch v := value.(type) {
	case Record:
		writeObject(b, v, inHex)
	case []Record:
		writeArray(b, v, func(r Record) { writeObject(b, r, inHex) })
	case []string:
		writeArray(b, v, func(text string) { writeText(b, text) })
	case string:
		writeText(b, v)
	case time.Time:
		writeText(b, scalar(v))
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			b.WriteString("null")
			return
		}
		b.WriteString(scalar(v))
	default:
		b.WriteString(scalar(v))
	}
}

func writeArray[T any](b *bytes.Buffer, all []T, write func(T)) {
	b.WriteByte('[')
	for i, x := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		write(x)
	}
	b.WriteByte(']')
}

// writeText writes a string. It is no part of a page, so that < and & need no disguise;
// but it may come to a terminal, to which the control characters beyond ASCII are commands.
func writeText(b *bytes.Buffer, text string) {
	var quoted strings.Builder
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string and a builder: it cannot fail
	_, _ = disarm.WriteString(b, strings.TrimSuffix(quoted.String(), "\n"))
}

// disarm escapes the control characters that encoding/json lets through.
var disarm = func() *strings.Replacer {
	var pairs []string
	for r := rune(0x7f); r <= 0x9f; r++ {
		pairs = append(pairs, string(r), fmt.Sprintf(`\u%04x`, r))
	}
	return strings.NewReplacer(pairs...)
}()

// scalar is a number, a truth value or a moment as text.
func scalar(value any) string {
	switch v := value.(type) {
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	default:
		return ""
	}
}

// bytesText returns bytes as text, and what its name has to end with.
func bytesText(data []byte, inHex bool) (text, mark string) {
	switch {
	case inHex:
		return hex.EncodeToString(data), "_hex"
	case utf8.Valid(data):
		return string(data), ""
	default:
		return base64.StdEncoding.EncodeToString(data), "_base64"
	}
}
