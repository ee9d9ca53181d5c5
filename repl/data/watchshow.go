package data

import (
	"context"
	"fmt"
	"slices"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// tally counts the changes that were shown.
type tally struct {
	n, most  uint64 // most is 0 for no end
	revision uint64 // all up to it was shown
}

func (t tally) full() bool { return t.most != 0 && t.n >= t.most }

// news is a change, or that there was none up to a revision.
type news struct {
	client.Change
	upTo uint64 // 0 if it is a change
}

func showChanges(shown *out.List[news], batch client.Changes, t *tally) error {
	for i, c := range batch.Changes {
		if err := shown.Add(news{Change: c}); err != nil {
			return err
		}
		t.n++
		if t.full() && i+1 < len(batch.Changes) {
			t.revision = c.KV.ModRevision
			if batch.Changes[i+1].KV.ModRevision == t.revision {
				t.revision--
			}
			return nil
		}
	}
	t.revision = batch.Revision
	if len(batch.Changes) == 0 {
		return shown.Add(news{upTo: batch.Revision})
	}
	return nil
}

// changeView is how changes are shown while they come.
func changeView(s *shell.Session, a shell.Args) out.View[news] {
	keysOnly := a.Has("keys")
	return out.View[news]{Record: func(n news) out.Record { return newsRecord(n, keysOnly) },
		Words: func(n news) string { return newsWords(s, n, keysOnly) },
		Line:  func(n news) string { return newsLine(s, n, keysOnly) }}
}

// newsRecord is for programs; progress has a revision alone.
func newsRecord(n news, keysOnly bool) out.Record {
	c := n.Change
	if n.upTo != 0 {
		c.Deleted, c.KV.ModRevision = true, n.upTo
	}
	r := changeRecord(c)
	if keysOnly {
		r = slices.Delete(r, 2, 3)
	}
	if n.upTo != 0 {
		r[0], r[1] = out.Text("type", "progress"), r[1].If(false)
	}
	return append(r, out.Object("prev", shell.KeyRecord(c.Prev)))
}

// newsLine is one or two lines for scripts.
func newsLine(s *shell.Session, n news, keysOnly bool) string {
	var line string
	switch c := n.Change; {
	case n.upTo != 0:
		return fmt.Sprintf("PROGRESS\t%d", n.upTo)
	case keysOnly && !c.Deleted:
		line = s.Tabs("PUT", c.KV.ModRevision, c.KV.Key)
	default:
		line = changeLine(s, c)
	}
	if n.Prev != nil {
		line += "\n" + prevLine(s, n.Prev)
	}
	return line
}

// newsWords is a line for people.
func newsWords(s *shell.Session, n news, keysOnly bool) string {
	if n.upTo != 0 {
		return s.Ink.Dim.Sprintf("nothing more up to rev %d", n.upTo)
	}
	c, key := n.Change, s.Ink.Key.Sprint(s.Quote(n.KV.Key))
	text, about := s.Ink.Bad.Sprint("DELETE")+"  "+key, fmt.Sprintf("rev %d", c.KV.ModRevision)
	if !c.Deleted {
		text, about = s.Ink.Good.Sprint("PUT   ")+"  "+key, shell.Facts(&c.KV)
		if !keysOnly {
			text += "  " + s.Preview(c.KV.Value)
		}
	}
	text += "  " + s.Ink.Dim.Sprint(about)
	if c.Prev != nil {
		text += "  " + s.Ink.Dim.Sprint(s.Was(c.Prev))
	}
	return text
}

// watchEnd returns how a watch has ended: err is what ended it, if anything did.
// Ctrl-C ends it well.
func watchEnd(ctx context.Context, s *shell.Session, err error, t tally) error {
	text := out.Count(t.n, "change")
	if t.revision != 0 {
		text += fmt.Sprintf("; -from-rev %d goes on", t.revision+1)
	}
	switch {
	case ctx.Err() != nil:
		return &failure.StoppedError{Text: text}
	case s.ForPeople() && (err == nil || t.n > 0):
		s.Note("%s", text)
	}
	return err
}
