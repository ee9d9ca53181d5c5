package logstore

import (
	"fmt"
	"testing"

	"github.com/hashicorp/raft"
)

func BenchmarkStoreLogs(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			l := mustOpen(b, b.TempDir(), Options{})
			logs := batch(1, 1, n, 300)
			b.SetBytes(int64(n * 300))
			b.ReportAllocs()
			for b.Loop() {
				store(b, l, logs...)
				for _, e := range logs {
					e.Index += uint64(n)
				}
			}
		})
	}
}

func BenchmarkGetLog(b *testing.B) {
	for name, cache := range map[string]int64{"cache": 0, "disk": -1} {
		b.Run("from="+name, func(b *testing.B) {
			l := mustOpen(b, b.TempDir(), Options{CacheBytes: cache})
			for i := range uint64(64) {
				store(b, l, batch(64*i+1, 1, 64, 300)...)
			}
			var e raft.Log
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				if err := l.GetLog(i%4096+1, &e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
