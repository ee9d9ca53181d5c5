package data

import (
	"fmt"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// value prints a value on a line of its own: for people so that it does no harm
// to a terminal, for programs byte for byte.
func value(s *shell.Session, kv *client.KeyValue, h client.Header) {
	if !s.Human {
		s.Out.Write(append(kv.Value[:len(kv.Value):len(kv.Value)], '\n'))
		return
	}
	s.Bare(string(kv.Value))
	fmt.Fprintln(s.Out, out.Value(kv.Value))
	s.Note("%s  from %s  %s", shell.Facts(kv), out.OrDash(h.Member), out.Millis(s.Took()))
}

// prev prints what a key was before it was written.
func prev(s *shell.Session, key string, kv *client.KeyValue) {
	switch {
	case kv == nil && s.Human:
		s.Note("was not there")
	case kv == nil:
		s.Record("PREV", 0, key)
	case s.Human:
		s.Note("%s", shell.Was(kv))
	default:
		s.Record("PREV", kv.ModRevision, key, syntax.Quote(string(kv.Value)))
	}
}

// stale labels an answer that may be old. It is a remark, so that the answer
// itself stays fit for programs.
func stale(s *shell.Session, h client.Header, f *client.Freshness) {
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
