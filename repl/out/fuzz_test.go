package out

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kv/repl/syntax"
)

// pair is a key with a value.
type pair struct{ key, value string }

// pairs shows pairs in all formats.
func pairs(p *Printer) View[pair] {
	return View[pair]{Head: []string{"KEY", "VALUE"},
		Record: func(x pair) Record {
			return Record{Key("key", x.key), Bytes("value", []byte(x.value)), Bytes("none", nil).If(false), Uint("version", uint64(1)<<63),
				Duration("took", 1500*time.Microsecond), Bool("ok", true), Texts("words", []string{x.key}), Object("in", Record{Key("key", x.key)}), Time("at", time.Time{})}
		},
		Cells: func(x pair) []Cell { return []Cell{Plain(p.Quote(x.key)), Plain(p.Preview([]byte(x.value)))} },
		Line:  func(x pair) string { return p.Quote(x.key) + "\t" + p.Quote(x.value) },
	}
}

// Whatever the bytes are, they can be read from what is printed, and nothing panics.
func FuzzFormats(f *testing.F) {
	for _, seed := range []string{"", "a", "a b", "\xff\x00", "x\r\ny", "\r", "\n", `"`, "'", `a\b`, ",;\t", "日本", "\u2028\ufffd", "=1+1", "null", "<&>", "\x1b[2J", " ", "$HOME", "#", strings.Repeat("x", 600)} {
		f.Add(seed, seed+"1", false)
		f.Add("k"+seed, seed, true)
	}
	f.Fuzz(func(t *testing.T, key, value string, inHex bool) {
		want := []pair{{key, value}, {value, key}}
		for _, name := range Formats() {
			var b bytes.Buffer
			p := &Printer{Out: &b, Err: &b, Ink: NewPalette(false), ErrInk: NewPalette(false), Width: func() int { return 40 }, Format: Format(name), Hex: inHex}
			if err := pairs(p).All(p, want); err != nil {
				t.Fatal(err)
			}
			if read := readers[p.Format]; read != nil {
				for i, got := range read(t, b.Bytes(), inHex) {
					if got != want[i] {
						t.Errorf("%s reads back as %q instead of %q from\n%s", name, got, want[i], b.String())
					}
				}
			}
			b.Reset()
			if err := p.Bytes([]byte(value)); err != nil || p.Format == FormatRaw && !inHex && b.String() != value {
				t.Errorf("%s: %q instead of %q, %v", name, b.String(), value, err)
			}
		}
	})
}

// readers read what is printed in a format.
var readers = map[Format]func(t *testing.T, data []byte, inHex bool) []pair{FormatJSON: readJSON, FormatJSONL: readJSONLines, FormatCSV: readCSV, FormatPlain: readPlain}

func readJSON(t *testing.T, data []byte, _ bool) (all []pair) {
	var records []map[string]any
	if err := json.Unmarshal(data, &records); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	for _, r := range records {
		all = append(all, pair{field(t, r, "key"), field(t, r, "value")})
	}
	return all
}

func readJSONLines(t *testing.T, data []byte, inHex bool) (all []pair) {
	for line := range bytes.Lines(data) {
		all = append(all, readJSON(t, append(append([]byte("["), line...), ']'), inHex)...)
	}
	return all
}

// field is a field of bytes, by the name that says how they are written.
func field(t *testing.T, r map[string]any, name string) string {
	t.Helper()
	for mark, decode := range map[string]func(string) ([]byte, error){"": func(s string) ([]byte, error) { return []byte(s), nil },
		"_base64": base64.StdEncoding.DecodeString, "_hex": hex.DecodeString} {
		if text, ok := r[name+mark].(string); ok {
			data, err := decode(text)
			if err != nil {
				t.Errorf("%s%s: %v", name, mark, err)
			}
			return string(data)
		}
	}
	t.Errorf("%v has no %s", r, name)
	return ""
}

func readCSV(t *testing.T, data []byte, _ bool) (all []pair) {
	lines, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	for _, line := range lines[1:] {
		r := make(map[string]any)
		for i, title := range lines[0] {
			r[title] = line[i]
		}
		for _, name := range []string{"key", "value"} { // the one of two columns that is filled in
			if r[name] == "" && r[name+"_base64"] != "" {
				delete(r, name)
			} else {
				delete(r, name+"_base64")
			}
		}
		all = append(all, pair{field(t, r, "key"), field(t, r, "value")})
	}
	return all
}

func readPlain(t *testing.T, data []byte, inHex bool) (all []pair) {
	if inHex {
		return readPlainHex(t, data)
	}
	statements, err := syntax.Parse(string(data))
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	for _, st := range statements {
		words := syntax.Texts(st.Words)
		if len(words) != 2 {
			t.Fatalf("%q are no two words", words)
		}
		all = append(all, pair{words[0], words[1]})
	}
	return all
}

func readPlainHex(t *testing.T, data []byte) (all []pair) {
	for line := range bytes.Lines(data) {
		key, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		k, err := hex.DecodeString(key)
		v, err2 := hex.DecodeString(value)
		if err != nil || err2 != nil {
			t.Fatalf("%q: %v, %v", line, err, err2)
		}
		all = append(all, pair{string(k), string(v)})
	}
	return all
}
