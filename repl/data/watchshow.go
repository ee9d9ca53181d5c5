package data

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// tally counts the changes that were shown.
type tally struct {
	n, most  uint64 // most is 0 for no end
	revision uint64 // all up to it was shown
}

func (t tally) full() bool { return t.most != 0 && t.n >= t.most }

func showChanges(s *shell.Session, batch client.Changes, t *tally, a shell.Args) error {
	for i, c := range batch.Changes {
		if err := showChange(s, c, a); err != nil {
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
		return showProgress(s, batch.Revision)
	}
	return nil
}

// showProgress tells that all up to a revision has been shown.
func showProgress(s *shell.Session, revision uint64) error {
	text := fmt.Sprintf("PROGRESS\t%d", revision)
	if s.Human {
		text = s.Ink.Dim.Sprintf("nothing more up to rev %d", revision)
	}
	return s.Line("progress", text)
}

func showChange(s *shell.Session, c client.Change, a shell.Args) error {
	if s.Human {
		return changeLine(s, c, a.Has("keys"))
	}
	err := changeRecordOf(s, c, a.Has("keys"))
	if err == nil && c.Prev != nil {
		err = s.Record("PREV", c.Prev.ModRevision, c.Prev.Key, syntax.Quote(string(c.Prev.Value)))
	}
	return err
}

func changeRecordOf(s *shell.Session, c client.Change, keysOnly bool) error {
	if keysOnly && !c.Deleted {
		return s.Record("PUT", c.KV.ModRevision, c.KV.Key)
	}
	return changeRecord(s, c)
}

// changeLine prints a change for people.
func changeLine(s *shell.Session, c client.Change, keysOnly bool) error {
	text := s.Ink.Bad.Sprint("DELETE") + "  " + s.Ink.Key.Sprint(syntax.Quote(c.KV.Key))
	about := fmt.Sprintf("rev %d", c.KV.ModRevision)
	if !c.Deleted {
		text = s.Ink.Good.Sprint("PUT   ") + "  " + s.Ink.Key.Sprint(syntax.Quote(c.KV.Key))
		about = shell.Facts(&c.KV)
		if !keysOnly {
			text += "  " + out.Preview(c.KV.Value)
		}
	}
	text += "  " + s.Ink.Dim.Sprint(about)
	if c.Prev != nil {
		text += "  " + s.Ink.Dim.Sprint(shell.Was(c.Prev))
	}
	return s.Line("change", text)
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
	case s.Human && (err == nil || t.n > 0):
		s.Note("%s", text)
	}
	return err
}
