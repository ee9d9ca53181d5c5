package node

import (
	"net"
	"testing"

	"github.com/hashicorp/raft"
)

func TestForemost(t *testing.T) {
	t.Parallel()
	type ends = map[raft.ServerID]uint64
	for name, c := range map[string]struct {
		ends ends
		late bool
		want bool
	}{
		"alone":                         {nil, false, true},
		"behind":                        {ends{"n3": 11}, false, false},
		"behind and late":               {ends{"n3": 11}, true, false},
		"ahead":                         {ends{"n1": 9, "n3": 9}, false, true},
		"equal to a later one":          {ends{"n3": 10}, false, true},
		"equal to an earlier one":       {ends{"n1": 10}, false, false},
		"equal to an earlier, but late": {ends{"n1": 10}, true, true},
	} {
		if got := foremost("n2", 10, c.ends, c.late); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Only a refused connection shows that a process is gone.
func TestRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := raft.ServerAddress(l.Addr().String())
	if refused(t.Context(), addr) {
		t.Error("a port that listens counts as refused")
	}
	l.Close()
	if !refused(t.Context(), addr) {
		t.Error("a port where nobody listens does not count as refused")
	}
	for _, odd := range []raft.ServerAddress{"", "nowhere.invalid:1", "127.0.0.1:x"} {
		if refused(t.Context(), odd) {
			t.Errorf("%q counts as refused", odd)
		}
	}
}
