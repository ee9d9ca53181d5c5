package data

import (
	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

// value prints what a get has found.
func value(s *shell.Session, kv *client.KeyValue, h client.Header, f *client.Freshness) error {
	return s.One(append(shell.KeyRecord(kv), readFields(h, f)...), func() error {
		if err := s.Bytes(kv.Value); err != nil || !s.ForPeople() {
			return err
		}
		s.Bare(string(kv.Value))
		s.Note("%s  from %s  %s", shell.Facts(kv), out.OrDash(h.Member), out.Millis(s.Took()))
		return nil
	})
}

// readFields say for programs who has answered, and how old that may be.
func readFields(h client.Header, f *client.Freshness) out.Record {
	r := out.Record{out.Text("member", h.Member), out.Uint("applied_index", h.AppliedIndex), out.Bool("stale", f != nil)}
	if f == nil {
		return append(r, out.Duration("last_contact", 0).If(false))
	}
	return append(r, out.Duration("last_contact", f.LastContact).If(!f.NeverContacted))
}

// prev prints what a key was before it was written; programs were told by a field.
func prev(s *shell.Session, key string, kv *client.KeyValue) error {
	switch {
	case s.ForPrograms():
	case kv == nil && s.ForPeople():
		s.Note("was not there")
	case kv == nil:
		return s.Line("result", s.Tabs("PREV", 0, key))
	case s.ForPeople():
		s.Note("%s", s.Was(kv))
	default:
		return s.Line("result", prevLine(s, kv))
	}
	return nil
}

// prevLine is a line for scripts about a key as it was.
func prevLine(s *shell.Session, kv *client.KeyValue) string {
	return s.Tabs("PREV", kv.ModRevision, kv.Key, s.Quote(string(kv.Value)))
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
