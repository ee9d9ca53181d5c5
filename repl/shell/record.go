package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// record is a file that keeps what is typed, as a script that can be played again, with
// what came of it in comments.
type record struct {
	file *os.File
	path string
	n    uint64 // statements kept
	err  error  // why no more are kept
}

// mostResults is how much of a result a record keeps, in bytes.
const mostResults = 16 << 10

// StartRecord keeps from now on what is typed in a file, which must not be there unless
// what is new may be added to it.
func (s *Session) StartRecord(path string, add bool) error {
	if s.record != nil {
		return failure.Usagef("%s is being recorded already; `record stop` ends it", syntax.Quote(s.record.path))
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if add {
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, os.ErrExist) {
		return failure.Usagef("%s is there already; `record -a %s` adds to it", syntax.Quote(path), syntax.Quote(path))
	}
	if err != nil {
		return err
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	s.record = &record{file: file, path: path}
	return nil
}

// Recording returns the file that is being recorded, "" if none is, and how many
// statements it has got.
func (s *Session) Recording() (path string, statements uint64) {
	if s.record == nil {
		return "", 0
	}
	return s.record.path, s.record.n
}

// StopRecord ends a record.
func (s *Session) StopRecord() error {
	r := s.record
	if r == nil {
		return failure.Usagef("nothing is being recorded; `record FILE` begins")
	}
	s.record = nil
	if err := errors.Join(r.err, r.file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", r.path, err)
	}
	return nil
}

// recorded executes a statement and keeps it, with what it printed.
func (s *Session) recorded(st syntax.Statement, do func() error) error {
	before := s.record
	if before == nil || s.script.outer != nil || s.hushed || st.Words[0].Text == "record" || s.Private != nil && s.Private(st.Text) {
		return do()
	}
	var results resultKeeper
	s.results = &results
	defer func() { s.results = nil }()
	printer := *s.Printer
	s.Printer.Out, s.Printer.Err = kept{printer.Out, &results}, kept{printer.Err, &results}
	err := do()
	s.Printer.Out, s.Printer.Err = printer.Out, printer.Err
	if errors.Is(err, ErrExit) {
		return err
	}
	before.keep(st.Text, results.text(), err)
	return err
}

// keep writes a statement and its results. One that failed would stop the script, so it
// is kept as a comment.
func (r *record) keep(statement, results string, err error) {
	if r.err != nil {
		return
	}
	failed := err != nil && !failure.IsStopped(err)
	text := statement + "\n"
	if failed {
		text = "# failed: " + strings.ReplaceAll(statement, "\n", "\n#         ") + "\n"
		for _, l := range failure.Explain(err) {
			results += l + "\n"
		}
	}
	for l := range strings.Lines(results) {
		text += strings.TrimRight("#   "+strings.TrimRight(l, "\n"), " ") + "\n"
	}
	if _, r.err = io.WriteString(r.file, text); r.err == nil && !failed {
		r.n++
	}
}

// kept is a writer of which a record or a follower has a copy. A program that gets what a
// command prints writes beneath it, so that it may see whether that is a terminal.
type kept struct {
	beneath io.Writer
	results *resultKeeper
}

// Write implements io.Writer.
func (k kept) Write(p []byte) (int, error) {
	n, err := k.beneath.Write(p)
	if n > 0 {
		_, _ = k.results.Write(p[:n]) // never fails
	}
	return n, err
}

// beneath returns w without the copies of it.
func beneath(w io.Writer) io.Writer {
	if k, ok := w.(kept); ok {
		return beneath(k.beneath)
	}
	return w
}

// resultKeeper keeps the beginning of what is written to it.
type resultKeeper struct {
	kept []byte
	more int // bytes that were not kept
}

// Write implements io.Writer; it never fails.
func (k *resultKeeper) Write(p []byte) (int, error) {
	n := min(len(p), mostResults-len(k.kept))
	k.kept = append(k.kept, p[:n]...)
	k.more += len(p) - n
	return len(p), nil
}

// forget begins anew: what is drawn takes the place of what was drawn before.
func (k *resultKeeper) forget() {
	if k != nil {
		k.kept, k.more = k.kept[:0], 0
	}
}

// escapes are what colors and moves the cursor.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// text is what was kept as lines that can stand in comments.
func (k *resultKeeper) text() string {
	text := escapes.ReplaceAllString(string(k.kept), "")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return -1
		case r == '\n', r == '\t', r != utf8.RuneError && syntax.Printable(string(r)):
			return r
		default:
			return '·'
		}
	}, text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if k.more > 0 {
		text += "… " + out.Size(uint64(k.more)) + " more\n"
	}
	return text
}
