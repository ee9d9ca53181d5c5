package fsm

import (
	"fmt"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// backlog is how many changes are forgotten and still in memory.
func backlog(m *Machine) uint64 {
	return look(m, func(s *state) uint64 { return s.changes.begin - s.changes.kept })
}

// A command may change many keys, and an entry may have many such commands: what they
// leave behind is taken out of memory as fast as they make it.
func TestForgottenChangesDoNotPileUp(t *testing.T) {
	t.Parallel()
	const txns, puts = 16, 100
	m := New(Options{})
	do(t, m, encoded(t, setQuota(0)))
	for i := range 50 {
		var data []byte
		for j := range txns {
			c := &kvv1.TxnCommand{}
			for k := range puts {
				c.Then = append(c.Then, putOp(fmt.Sprint(k), fmt.Sprint(i, j)))
			}
			data = join(data, encoded(t, txnCommand(c)))
		}
		results(t, m, join(data, encoded(t, compactCommand(m.Revision()+txns))))
		if n := backlog(m); n > 2*txns*puts {
			t.Fatalf("after %d entries of %d changes %d are in memory that are forgotten", i+1, txns*puts, n)
		}
	}
}
