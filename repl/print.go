package repl

import (
	"fmt"
	"strings"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// ok prints the line of a write that was done: `OK  rev 42  leader n1  1.2 ms`.
func (s *Session) ok(h client.Header, facts ...string) {
	parts := append([]string{s.Ink.Good.Sprint("OK")}, facts...)
	if h.Revision != 0 {
		parts = append(parts, fmt.Sprintf("rev %d", h.Revision))
	}
	if h.Leader != nil {
		parts = append(parts, "leader "+h.Leader.Name)
	}
	parts = append(parts, s.Ink.Dim.Sprint(out.Millis(s.took())))
	fmt.Fprintln(s.Out, strings.Join(parts, "  "))
}

// value prints a value on a line of its own: for people so that it does no harm
// to a terminal, for programs byte for byte.
func (s *Session) value(kv *client.KeyValue, h client.Header) {
	if !s.Human {
		s.Out.Write(append(kv.Value[:len(kv.Value):len(kv.Value)], '\n'))
		return
	}
	fmt.Fprintln(s.Out, out.Value(kv.Value))
	s.Note("%s  from %s  %s", facts(kv), out.OrDash(h.Member), out.Millis(s.took()))
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
	case kv == nil && s.Human:
		s.Note("was not there")
	case kv == nil:
		s.Record("PREV", 0, key)
	case s.Human:
		s.Note("%s", was(kv))
	default:
		s.Record("PREV", kv.ModRevision, key, syntax.Quote(string(kv.Value)))
	}
}

func was(kv *client.KeyValue) string {
	return fmt.Sprintf("was %s  %s", out.Preview(kv.Value), facts(kv))
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
	contact := "last contact " + out.Millis(f.LastContact) + " ago"
	switch {
	case f.NeverContacted:
		contact = "no contact with a leader yet"
	case h.Leader != nil && h.Leader.Name == h.Member:
		contact = "the leader itself"
	}
	s.Warn("%s, applied %d, %s: may be old", h.Member, h.AppliedIndex, contact)
}

// fail prints an error and returns its exit code.
func (s *Session) fail(err error) int {
	for i, line := range failure.Explain(err) {
		ink := s.ErrInk.Bad
		if i > 0 {
			ink = s.ErrInk.Dim
		}
		fmt.Fprintln(s.Err, s.where+ink.Sprint(line))
	}
	return failure.Code(err)
}
