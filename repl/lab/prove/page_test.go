package prove

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/repl/failure"
	"kv/repl/internal/browse"
)

// drawing is what a browser shows of a picture.
type drawing struct {
	Bars, Wrong int      // operations, and what cannot come next
	Texts       []string // on the bars
	Marked      []string // the operations that are enough to violate
}

// A browser draws the picture of a violation: the operations, where no order leads any
// further, and those that prove it.
func TestThePictureInABrowser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do(t.Context(), "load 2000/s -clients 3 -keys 1")
	await(t, "the load", func() bool { return b.seen() > 50 })
	b.store.set(func(s *store) { s.stale = true })
	more := b.seen() + 50
	await(t, "old answers", func() bool { return b.seen() > more })
	b.do(t.Context(), "load stop")
	file := filepath.Join(t.TempDir(), "page.html")
	b.out.Reset()
	if code := b.do(t.Context(), "check -o "+file); code != failure.ExitViolated {
		t.Fatalf("%d: %s%s", code, b.out, b.errs)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	drawn := browse.Look[drawing](t, page, `(() => {
		const texts = [...document.querySelectorAll("#canvas .history-text")].map(e => e.textContent)
		return {
			Bars: document.querySelectorAll("#canvas .history-rect").length,
			Wrong: document.querySelectorAll("#canvas .linearization-invalid").length,
			Texts: texts, Marked: texts.filter(t => /^\d+: /.test(t)),
		}
	})()`)
	if drawn.Bars < 50 || drawn.Wrong == 0 || !strings.Contains(strings.Join(drawn.Texts, "\n"), "get \"load/") {
		t.Errorf("drawn are %+v", drawn)
	}
	shown := strings.Count(b.out.String(), "load/")
	if shown == 0 || shown > 4 || len(drawn.Marked) != shown {
		t.Errorf("marked are %q; told was\n%s", drawn.Marked, b.out)
	}
}
