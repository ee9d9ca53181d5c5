package fsm

import (
	"runtime"
	"testing"
	"time"
	"weak"

	kvv1 "kv/proto/kv/v1"
)

// What a client has acknowledged is freed, also where a view has seen it: it counts
// for nothing any more, and the session may be idle for as long as it likes.
func TestAcknowledgedResultsAreFreed(t *testing.T) {
	t.Parallel()
	const results = 9 // so that there is room for more in the array
	for _, left := range []uint64{0, 1, 4} {
		m := New(Options{})
		write := func(sequence, acknowledged uint64) {
			p := &kvv1.PutCommand{Key: []byte("k"), Value: []byte("a value of some length"), Prev: true}
			do(t, m, AppendPut(nil, p, &kvv1.Stamp{Session: 1, Sequence: sequence, Acknowledged: acknowledged}))
		}
		for i := range uint64(results) {
			write(1+i, 0)
		}
		first := weak.Make(m.state.table.byID[1].Value.(*session).results[1].more)
		m.View().Release()
		write(results+1, results+1-left)
		deadline := time.Now().Add(10 * time.Second)
		for first.Value() != nil {
			if runtime.GC(); time.Now().After(deadline) {
				t.Fatalf("with %d results left one that was acknowledged is in memory", left)
			}
		}
		runtime.KeepAlive(m)
	}
}
