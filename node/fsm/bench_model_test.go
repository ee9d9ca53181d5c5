package fsm

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	kvv1 "kv/proto/kv/v1"
)

// begun is a machine whose history begins now.
func begun(b *testing.B, m *Machine) *Machine {
	b.Helper()
	do(b, m, encoded(b, setQuota(0)))
	return m
}

// autoCompact applies a compaction to the newest 100,000 changes, once in 1000
// calls, as a leader would.
func autoCompact(b *testing.B, m *Machine, i int) {
	b.Helper()
	if revision := m.Revision(); i%1000 == 999 && revision > m.Oldest()+100_000 {
		do(b, m, encoded(b, compactCommand(revision-100_000)))
	}
}

// BenchmarkPut is one put of 256 bytes in an entry of its own, with 100,000
// changes of history.
func BenchmarkPut(b *testing.B) {
	for _, keys := range []int{1, 100_000} {
		for _, stamps := range []bool{false, true} {
			b.Run(fmt.Sprintf("keys=%d/stamp=%t", keys, stamps), func(b *testing.B) {
				m := begun(b, filled(100_000, 256, benchKey))
				put := &kvv1.PutCommand{Value: bytes.Repeat([]byte{'w'}, 256)}
				r := rand.New(rand.NewPCG(1, 2))
				var data []byte
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					put.Key = benchKey(r.IntN(keys))
					var stamp *kvv1.Stamp
					if stamps {
						stamp = &kvv1.Stamp{Session: 1, Sequence: uint64(i) + 1, Acknowledged: uint64(max(i-8, 0))}
					}
					data = AppendPut(data[:0], put, stamp)
					m.Apply(entry(m.index+1, data))
					autoCompact(b, m, i)
				}
			})
		}
	}
}

// BenchmarkOverwrite is a put of 256 bytes to one of 100,000 keys in no order, under
// the stamps of 4 sessions, in entries of 256, with 100,000 changes of history.
func BenchmarkOverwrite(b *testing.B) {
	const batch, sessions = 256, 4
	m := begun(b, filled(100_000, 256, benchKey))
	put := &kvv1.PutCommand{Value: bytes.Repeat([]byte{'w'}, 256)}
	r := rand.New(rand.NewPCG(1, 2))
	var data []byte
	n := 0
	entry256 := func() *raft.Log {
		data = data[:0]
		for range batch {
			put.Key = benchKey(r.IntN(100_000))
			sequence := uint64(n/sessions) + 1
			data = AppendPut(data, put, &kvv1.Stamp{Session: 1 + uint64(n%sessions), Sequence: sequence, Acknowledged: sequence - min(sequence, 256)})
			n++
		}
		return entry(m.index+1, data)
	}
	for m.Revision() < 300_000 {
		m.Apply(entry256())
		autoCompact(b, m, 999)
	}
	b.ReportAllocs()
	var spent time.Duration
	for i := 0; b.Loop(); i++ {
		l := entry256()
		before := cpu(b)
		m.Apply(l)
		spent += cpu(b) - before
		if i%40 == 39 {
			autoCompact(b, m, 999)
		}
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*batch), "cpu-ns/put")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/put")
}

// BenchmarkCAS is a put under the condition of the key's revision, as a transaction.
func BenchmarkCAS(b *testing.B) {
	m := begun(b, filled(100_000, 256, benchKey))
	value := bytes.Repeat([]byte{'w'}, 256)
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := benchKey(r.IntN(100_000))
		it, _, _ := m.Get(key)
		data, err := AppendCommand(nil, txnCommand(&kvv1.TxnCommand{
			Compare: []*kvv1.Compare{{Key: key, Field: kvv1.Compare_FIELD_MOD_REVISION, Relation: kvv1.Compare_RELATION_EQUAL, Number: it.ModRevision()}},
			Then:    []*kvv1.Op{{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: key, Value: value}}}},
			Otherwise: []*kvv1.Op{
				{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: key}}},
			},
		}))
		if err != nil {
			b.Fatal(err)
		}
		if r := m.Apply(entry(m.index+1, data)).([]Result); r[0].Err != nil || !r[0].Txn.Succeeded {
			b.Fatal(r)
		}
		autoCompact(b, m, i)
	}
}

// withHistory is m with n changes of random keys on top.
func withHistory(b *testing.B, m *Machine, n int) *Machine {
	b.Helper()
	begun(b, m)
	r := rand.New(rand.NewPCG(1, 2))
	keys, value := m.Len(), bytes.Repeat([]byte{'w'}, 64)
	var data []byte
	for i := range n {
		data = AppendPut(data, &kvv1.PutCommand{Key: benchKey(r.IntN(keys)), Value: value}, nil)
		if len(data) > 1<<20 || i == n-1 {
			m.Apply(entry(m.index+1, data))
			data = data[:0]
		}
	}
	return m
}

// BenchmarkHistoryMemory is what a key of 16 bytes with a value of 64 costs, when a
// million more changes are kept.
func BenchmarkHistoryMemory(b *testing.B) {
	for b.Loop() {
		before := heap()
		m := filled(million, 64, benchKey)
		keys := heap() - before
		withHistory(b, m, million)
		b.ReportMetric(float64(keys)/million, "B/key")
		b.ReportMetric(float64(heap()-before-keys)/million, "B/change")
		runtime.KeepAlive(m)
	}
}

// BenchmarkPast reads at a revision with 100,000 changes since.
func BenchmarkPast(b *testing.B) {
	m := withHistory(b, filled(100_000, 64, benchKey), 100_000)
	v := m.View()
	keys, err := v.Keys(v.Oldest() - 1)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			keys.Get(benchKey(i % 100_000))
		}
	})
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			keys.Scan(Range{}, false, func(*Item) bool { return true })
		}
	})
	b.Run("history", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			v.History(benchKey(i%100_000), func(Change) bool { return true })
		}
	})
	b.Run("changes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Changes(0, func(Change) bool { return true })
		}
	})
}

// BenchmarkHistorySnapshot writes and reads 1 million keys with 100,000 changes.
func BenchmarkHistorySnapshot(b *testing.B) {
	m := withHistory(b, filled(million, 64, benchKey), 100_000)
	file := persisted(b, m)
	v := m.View()
	b.Run("persist", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := v.WriteSnapshot(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("restore", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			restored(b, file)
		}
	})
}

// BenchmarkRevoke ends a lease with 1000 of 100,000 keys.
func BenchmarkRevoke(b *testing.B) {
	m := begun(b, filled(100_000, 64, benchKey))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r := do(b, m, encoded(b, grantCommand(1000)))
		var data []byte
		for i := range 1000 {
			data = AppendPut(data, &kvv1.PutCommand{Key: benchKey(i), Lease: r.Lease}, nil)
		}
		m.Apply(entry(m.index+1, data))
		data = encoded(b, revokeCommand(r.Lease))
		b.StartTimer()
		m.ApplyBatch([]*raft.Log{entry(m.index+1, data)})
	}
}
