package transport

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/hashicorp/raft"
)

// BenchmarkAppendEntries is one round trip over loopback, both sides' work
// included.
func BenchmarkAppendEntries(b *testing.B) {
	for _, n := range []int{0, 1, 64, 1024} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			from, to := mustOpen(b, "n1", nil), mustOpen(b, "n2", nil)
			answer(b, to, func(raft.RPC) (any, error) { return &raft.AppendEntriesResponse{Success: true}, nil })
			req := &raft.AppendEntriesRequest{Term: 1, PrevLogEntry: 1, PrevLogTerm: 1}
			for i := range n {
				req.Entries = append(req.Entries, &raft.Log{Index: uint64(i + 2), Term: 1, Data: bytes.Repeat([]byte("x"), 300)})
			}
			b.SetBytes(int64(n) * 300)
			b.ReportAllocs()
			for b.Loop() {
				if err := from.AppendEntries("n2", to.LocalAddr(), req, &raft.AppendEntriesResponse{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
