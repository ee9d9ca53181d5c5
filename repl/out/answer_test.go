package out

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func printerTo(w io.Writer, f Format) *Printer {
	return &Printer{Out: w, Err: io.Discard, Ink: NewPalette(false), ErrInk: NewPalette(false), Width: func() int { return 0 }, Format: f}
}

// A list without things says so in each format, and names its fields where it can.
func TestAnEmptyList(t *testing.T) {
	t.Parallel()
	for f, want := range map[Format]string{FormatTable: "KEY  VALUE\n", FormatPlain: "", FormatRaw: "", FormatJSON: "[]\n", FormatJSONL: "",
		FormatCSV: "key,key_base64,value,value_base64,none,none_base64,version,took_ms,ok,words,in,at\n"} {
		var b bytes.Buffer
		p := printerTo(&b, f)
		if err := pairs(p).All(p, nil); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", f, b.String(), err)
		}
	}
}

// What breaks off is no JSON document, so that a program does not take it for whole.
func TestAListThatBreaksOff(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := printerTo(&b, FormatJSON)
	l := View[int]{Record: func(n int) Record { return Record{Uint("n", n)} }}.Begin(p)
	for n := range 2 {
		if err := l.Add(n); err != nil {
			t.Fatal(err)
		}
	}
	const half = "[\n{\"n\":0},\n{\"n\":1}"
	if b.String() != half {
		t.Errorf("half of it is %q", b.String())
	}
	if err := l.End(); err != nil || b.String() != half+"\n]\n" {
		t.Errorf("all of it is %q, %v", b.String(), err)
	}
}

// A list is written thing by thing: nothing waits for its end.
func TestAListIsNeverHeld(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{FormatPlain, FormatJSON, FormatJSONL, FormatCSV, FormatRaw} {
		var b bytes.Buffer
		p := printerTo(&b, f)
		l := pairs(p).Begin(p)
		for n := range 3 {
			before := b.Len()
			if err := l.Add(pair{"k", "v"}); err != nil || b.Len() == before {
				t.Errorf("%s: thing %d is not printed at once, %v", f, n+1, err)
			}
		}
		if l.Rows() != 3 {
			t.Errorf("%s counts %d", f, l.Rows())
		}
	}
}

func TestWhichFormatIsInForce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format Format
		human  bool
		want   Format
	}{{"", true, FormatTable}, {"", false, FormatPlain}, {FormatJSON, true, FormatJSON}, {FormatTable, false, FormatTable}} {
		p := &Printer{Human: c.human, Format: c.format}
		if got := p.Form(); got != c.want || p.ForPeople() != (c.want == FormatTable) || p.As(FormatCSV, true).Form() != FormatCSV || p.Form() != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// Where a prompt follows, raw bytes end with a newline; a file gets none that is not its own.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		human       bool
		value, want string
	}{{false, "a", "a"}, {false, "a\n", "a\n"}, {true, "a", "a\n"}, {true, "a\n", "a\n"}} {
		var b bytes.Buffer
		p := printerTo(&b, FormatRaw)
		p.Human = c.human
		if err := p.Bytes([]byte(c.value)); err != nil || b.String() != c.want {
			t.Errorf("%+v: %q, %v", c, b.String(), err)
		}
	}
}

// A terminal takes no orders from what is stored, and a pipe that breaks is told of.
func TestJSONDoesNoHarm(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := (Record{Key("k", "\x1b[2J\u009b2J\x7f<&>")}).JSON(&b); err != nil || b.String() != `{"k":"\u001b[2J\u009b2J\u007f<&>"}`+"\n" {
		t.Errorf("%s, %v", b.String(), err)
	}
	for _, f := range Formats() {
		p := printerTo(brokenPipe{}, Format(f))
		l := pairs(p).Begin(p)
		if err := errors.Join(l.Add(pair{"k", "v"}), l.End()); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "write ") {
			t.Errorf("%s: %v", f, err)
		}
	}
}
