package data

import (
	"context"

	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// editValue lets the person edit the value of a key for `put KEY -e`. The put depends on
// the revision that they have seen, unless they set a condition themselves. What has
// become of the value stays out of the history and out of the command line.
func (d rows) editValue(ctx context.Context, s *shell.Session, a shell.Args) (bool, error) {
	if !a.Has("e") {
		return true, nil
	}
	if s.Edit == nil {
		return false, failure.Usagef("put -e needs a terminal; give a VALUE")
	}
	key := a.Get("KEY")
	value, revision, err := d.present(ctx, s, key)
	if err != nil {
		return false, err
	}
	begun, isDraft := d.drafts[key]
	if !isDraft {
		begun = value
	}
	edited, err := s.Edit([]byte(begun))
	switch {
	case err != nil:
		return false, err
	case len(edited) == 0:
		s.Note("the value is empty; nothing was sent, and put KEY '' sends it")
	case string(edited) == begun, ctx.Err() != nil:
		s.Note("nothing was changed, and nothing sent")
		return false, nil
	default:
		a.Set("VALUE", string(edited))
		if !a.Has("if-rev") && !a.Has("if-absent") {
			a.SetNumber("if-rev", revision)
		}
		return true, nil
	}
	delete(d.drafts, key)
	return false, nil
}

// present returns the value of a key and the revision of its last change, 0 if it is not
// there.
func (d rows) present(ctx context.Context, s *shell.Session, key string) (string, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	r, err := d.store.Get(ctx, key, Read{})
	if err != nil || r.KV == nil {
		return "", 0, err
	}
	return string(r.KV.Value), r.KV.ModRevision, nil
}

// keepDraft keeps what was edited and could not be put for the next time.
func (d rows) keepDraft(s *shell.Session, a shell.Args, err error) {
	key := a.Get("KEY")
	switch {
	case !a.Has("e"):
	case err == nil:
		delete(d.drafts, key)
	default:
		d.drafts[key] = a.Get("VALUE")
		quoted := syntax.Quote(key)
		s.Note("what you wrote is kept: put %s -e goes on with it; look at get %s first", quoted, quoted)
	}
}
