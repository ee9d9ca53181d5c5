package failure

import (
	"errors"
	"strings"
	"testing"

	"kv/proto/kverr"
)

// Every error of the cluster says what to do next, in its text or below it, but for
// those that a person made on purpose.
func TestEveryErrorSaysWhatToDoNext(t *testing.T) {
	t.Parallel()
	for _, e := range kverr.Entries() {
		lines := Explain(e)
		text := strings.Join(lines, "\n")
		if len(lines) > 1 || strings.ContainsAny(text, "`;?") || errors.Is(e, kverr.ErrCanceled) || errors.Is(e, kverr.ErrInvalid) {
			continue
		}
		t.Errorf("%s: %q says nothing about what to do", e.Reason, lines)
	}
}

func TestErrorsHaveNames(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"not-found": ErrNotFound, "usage": Usagef("x"), "failed": errors.New("x"), "conflict": kverr.ErrConflict,
		"no-quorum": kverr.ErrNoLeader, "no-leader": OfWrite(kverr.ErrNoLeader), "unknown": OfWrite(kverr.ErrTimeout), "timeout": Noted(kverr.ErrTimeout, "x")} {
		if !Has(err, name) || Has(err, "quota") || Has(nil, name) {
			t.Errorf("%v is not called %s, or is called something else", err, name)
		}
	}
}
