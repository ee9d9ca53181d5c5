package shell

import (
	"bytes"
	"io"
	"testing"
)

func TestWhichPagerThereIs(t *testing.T) {
	for _, c := range []struct{ term, kv, pager, want string }{
		{"xterm", "sh -c cat", "ls", "sh -c cat"},
		{"xterm", "/nowhere/kv", "ls -l", "ls -l"},
		{"xterm", "", "ls", ""}, // set, and to none
		{"dumb", "sh", "ls", ""},
		{"", "sh", "ls", ""},
	} {
		t.Setenv("TERM", c.term)
		t.Setenv("KV_PAGER", c.kv)
		t.Setenv("PAGER", c.pager)
		s := New(Config{})
		if got := s.Pager(); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
		if s.SetPager(false); s.Pager() != "" {
			t.Errorf("%+v: one is left after it was switched off", c)
		}
	}
}

// A program gets the terminal itself, and what it is put in the place of keeps its copies:
// one for the record, and one for a follower.
func TestBeneathCopies(t *testing.T) {
	t.Parallel()
	var terminal, pages bytes.Buffer
	var record, follower resultKeeper
	w := io.Writer(kept{kept{&terminal, &record}, &follower})
	if beneath(w) != &terminal {
		t.Error("there is something left above the terminal")
	}
	if _, err := io.WriteString(instead(w, &pages), "text"); err != nil {
		t.Fatal(err)
	}
	if terminal.Len() > 0 || pages.String() != "text" || record.text() != "text\n" || follower.text() != "text\n" {
		t.Errorf("terminal %q, pages %q, record %q, follower %q", &terminal, &pages, record.text(), follower.text())
	}
}
