package repl

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kv/client"
	"kv/repl/syntax"
)

// ok prints the line of a write that was done: `OK  rev 42  leader n1  1.2 ms`.
func (s *Session) ok(h client.Header, facts ...string) {
	parts := append([]string{s.ink.good.Sprint("OK")}, facts...)
	if h.Revision != 0 {
		parts = append(parts, fmt.Sprintf("rev %d", h.Revision))
	}
	if h.Leader != nil {
		parts = append(parts, "leader "+h.Leader.Name)
	}
	parts = append(parts, s.ink.dim.Sprint(millis(s.took())))
	fmt.Fprintln(s.out, strings.Join(parts, "  "))
}

// value prints a value on a line of its own: for people so that it does no harm
// to a terminal, for programs byte for byte.
func (s *Session) value(kv *client.KeyValue, h client.Header) {
	if !s.human {
		s.out.Write(append(kv.Value[:len(kv.Value):len(kv.Value)], '\n'))
		return
	}
	fmt.Fprintln(s.out, showValue(kv.Value))
	fmt.Fprintln(s.out, s.ink.dim.Sprintf("%s  from %s  %s", facts(kv), orDash(h.Member), millis(s.took())))
}

// facts are what is known of a key beside its value: `rev 7  version 2  lease 1`.
func facts(kv *client.KeyValue) string {
	text := fmt.Sprintf("rev %d  version %d", kv.ModRevision, kv.Version)
	if kv.Lease != 0 {
		text += fmt.Sprintf("  lease %d", kv.Lease)
	}
	return text
}

// prev prints what a key was before it was written.
func (s *Session) prev(key string, kv *client.KeyValue) {
	switch {
	case kv == nil && s.human:
		fmt.Fprintln(s.out, s.ink.dim.Sprint("was not there"))
	case kv == nil:
		s.record("PREV", 0, key)
	case s.human:
		fmt.Fprintln(s.out, s.ink.dim.Sprint(was(kv)))
	default:
		s.record("PREV", kv.ModRevision, key, syntax.Quote(string(kv.Value)))
	}
}

func was(kv *client.KeyValue) string { return fmt.Sprintf("was %s  %s", preview(kv.Value), facts(kv)) }

// record prints a line for programs: a word, a revision, a quoted key and what
// else belongs to it, with tabs between them. A failure to write is told to the
// caller, so that an endless command ends.
func (s *Session) record(word string, revision uint64, key string, more ...string) error {
	fields := append([]string{word, strconv.FormatUint(revision, 10), syntax.Quote(key)}, more...)
	if _, err := fmt.Fprintln(s.out, strings.Join(fields, "\t")); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// count says how many there are of something.
func count(n uint64, one string) string {
	return plural(n, one, one+"s")
}

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// rangeText says in words which keys a range holds, as it follows "keys".
func rangeText(r client.Range) string {
	switch {
	case r == client.Prefix(r.From):
		return "under " + syntax.Quote(r.From)
	case r.To == "":
		return "from " + syntax.Quote(r.From) + " on"
	case r.From == "":
		return "before " + syntax.Quote(r.To)
	default:
		return "from " + syntax.Quote(r.From) + " to " + syntax.Quote(r.To)
	}
}

// stale labels an answer that may be old. It is a remark, so that the answer
// itself stays fit for programs.
func (s *Session) stale(h client.Header, f *client.Freshness) {
	if f == nil {
		return
	}
	contact := "last contact " + millis(f.LastContact) + " ago"
	switch {
	case f.NeverContacted:
		contact = "no contact with a leader yet"
	case h.Leader != nil && h.Leader.Name == h.Member:
		contact = "the leader itself"
	}
	fmt.Fprintln(s.err, s.errInk.warn.Sprintf("%s, applied %d, %s: may be old", h.Member, h.AppliedIndex, contact))
}

// fail prints an error and returns its exit code.
func (s *Session) fail(err error) int {
	for i, line := range explain(err) {
		ink := s.errInk.bad
		if i > 0 {
			ink = s.errInk.dim
		}
		fmt.Fprintln(s.err, s.where+ink.Sprint(line))
	}
	return exitCode(err)
}

// millis shows a duration as people like to read it.
func millis(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute).String()
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
}

// showValue returns a value for the eye: text as it is, newlines and tabs
// included, anything else quoted.
func showValue(value []byte) string {
	text := string(value)
	if text != "" && syntax.Printable(strings.NewReplacer("\n", "", "\t", "").Replace(text)) {
		return text
	}
	return syntax.Quote(text)
}

// size shows a number of bytes.
func size(n uint64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1024, 0
	for ; f >= 1024 && i < len(units)-1; i++ {
		f /= 1024
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
