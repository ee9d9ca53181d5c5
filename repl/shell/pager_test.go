package shell

import "testing"

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
