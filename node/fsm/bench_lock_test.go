package fsm

import (
	"bytes"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// BenchmarkPause is the longest that a writer and a reader of one key have waited
// while something else went on with a million keys.
func BenchmarkPause(b *testing.B) {
	for name, beside := range map[string]func(*Machine){
		"nothing": func(*Machine) { time.Sleep(200 * time.Millisecond) }, // about as long as the others
		"snapshot": func(m *Machine) {
			v := m.View()
			defer v.Release()
			if err := v.WriteSnapshot(io.Discard); err != nil {
				b.Error(err)
			}
		},
		"hash":    func(m *Machine) { m.Hash() },
		"restore": func(m *Machine) { restored(b, persisted(b, m)) },
	} {
		b.Run(name, func(b *testing.B) {
			m := begun(b, filled(million, 64, benchKey))
			for b.Loop() {
				var others sync.WaitGroup
				done := make(chan struct{})
				var write, read time.Duration
				others.Go(func() { write = longest(done, overwrite(m)) })
				others.Go(func() { read = longest(done, func() { m.Get(benchKey(1)) }) })
				beside(m)
				close(done)
				others.Wait()
				b.ReportMetric(float64(write.Microseconds())/1000, "ms-write")
				b.ReportMetric(float64(read.Microseconds())/1000, "ms-read")
			}
		})
	}
}

// overwrite returns what puts random keys, one at a time.
func overwrite(m *Machine) func() {
	r := rand.New(rand.NewPCG(1, 2))
	value := bytes.Repeat([]byte{'w'}, 64)
	return func() {
		m.Apply(entry(m.index+1, AppendPut(nil, &kvv1.PutCommand{Key: benchKey(r.IntN(million)), Value: value}, nil)))
	}
}

// longest calls fn again and again until done, and returns the longest call.
func longest(done chan struct{}, fn func()) (most time.Duration) {
	for {
		select {
		case <-done:
			return most
		default:
		}
		begin := time.Now()
		fn()
		most = max(most, time.Since(begin))
		time.Sleep(100 * time.Microsecond) // the others need the processors
	}
}

// BenchmarkLeaseMemory is what a lease with one key costs, beside the key.
func BenchmarkLeaseMemory(b *testing.B) {
	const leases = 100_000
	for b.Loop() {
		m := begun(b, filled(leases, 64, benchKey))
		before := heap()
		var data []byte
		for i := range leases {
			data = AppendPut(data, &kvv1.PutCommand{Key: benchKey(i), Value: make([]byte, 64), TtlMs: 1000}, nil)
		}
		m.Apply(entry(m.index+1, data))
		do(b, m, encoded(b, compactCommand(m.Revision())))
		b.ReportMetric(float64(int64(heap()-before))/leases, "B/lease")
		runtime.KeepAlive(m)
	}
}

// BenchmarkCollect is one round of the garbage collector over a million keys.
func BenchmarkCollect(b *testing.B) {
	m := begun(b, filled(million, 64, benchKey))
	since := cpu(b)
	for b.Loop() {
		runtime.GC()
	}
	reportCPU(b, since, b.N)
	runtime.KeepAlive(m)
}
