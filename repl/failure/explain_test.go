package failure

import (
	"context"
	"testing"

	"kv/proto/kverr"
)

// What an error's text tells is not told again.
func TestAnErrorTellsItsRevisionOnce(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*kverr.Error{
		"the key is at revision 11": kverr.ErrConflict.WithRevision(11),
		"the key is not there":      kverr.ErrConflict,
		"":                          kverr.ErrConflict.Withf("the key is at revision 11, not 9").WithRevision(11),
		"the history that is kept begins at revision 4": kverr.ErrCompacted.WithRevision(4),
		"the key is at revision 1":                      kverr.ErrConflict.Withf("not at revision 11").WithRevision(1),
	} {
		if got := advice(e); got != want {
			t.Errorf("%v, revision %d: %q, want %q", e, e.Revision, got, want)
		}
	}
}

// Ctrl-C is what the person has pressed: they need not read how Go calls it.
func TestAnErrorTellsNothingOfContexts(t *testing.T) {
	t.Parallel()
	e := kverr.ErrNoLeader.Withf("no leader").WithCause(context.Canceled)
	if got := Explain(OfWrite(e))[0]; got != "error: no leader" {
		t.Error(got)
	}
}
