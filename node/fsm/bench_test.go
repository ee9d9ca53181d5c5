package fsm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	kvv1 "kv/proto/kv/v1"
)

const million = 1_000_000

// benchKey is the i-th of a row of 16-byte keys in no order.
func benchKey(i int) []byte {
	b := make([]byte, 16)
	binary.BigEndian.PutUint64(b, uint64(i)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(b[8:], uint64(i))
	return b
}

// filled is a machine of n keys with values of size bytes.
func filled(n, size int, key func(int) []byte) *Machine {
	m := New(Options{})
	value := bytes.Repeat([]byte{'v'}, size)
	var data []byte
	index := uint64(0)
	for i := range n {
		data = AppendPut(data, &kvv1.PutCommand{Key: key(i), Value: value}, nil)
		if len(data) > 1<<20 || i == n-1 {
			index++
			m.Apply(entry(index, data))
			data = data[:0]
		}
	}
	return m
}

// cpu returns the CPU time of the process so far. On a machine that others use too it
// says more than the time that passes.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCPU reports the CPU time since then of each of n operations.
func reportCPU(b *testing.B, since time.Duration, n int) {
	b.Helper()
	b.ReportMetric(float64((cpu(b)-since).Nanoseconds())/float64(n), "cpu-ns/op")
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1, 256} {
		b.Run(fmt.Sprintf("puts=%d", n), func(b *testing.B) {
			m := filled(100_000, 256, benchKey)
			value := bytes.Repeat([]byte{'w'}, 256)
			r := rand.New(rand.NewPCG(1, 2))
			logs := make([][]byte, 64)
			for i := range logs {
				for range n {
					logs[i] = AppendPut(logs[i], &kvv1.PutCommand{Key: benchKey(r.IntN(100_000)), Value: value}, nil)
				}
			}
			index, _ := m.Applied()
			b.ReportAllocs()
			for b.Loop() {
				index++
				m.ApplyBatch([]*raft.Log{entry(index, logs[index%64])})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/put")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	m := filled(100_000, 256, benchKey)
	probe := benchKey(777)
	b.ReportAllocs()
	for b.Loop() {
		if it, _, _ := m.Get(probe); it == nil {
			b.Fatal("the key is missing")
		}
	}
}

func BenchmarkScan(b *testing.B) {
	v := filled(100_000, 256, benchKey).View()
	n, size := 0, uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		v.Scan(Range{}, func(it *Item) bool { n++; size += it.bytes(); return true })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/item")
}

// BenchmarkDegree is where the tree's degree comes from: overwrites in place, the
// first overwrites after a snapshot (which copy nodes), and a scan.
func BenchmarkDegree(b *testing.B) {
	for _, d := range []int{8, 16, 32, 64, 128} {
		tree := newTree(d)
		items := make([]*slot, million)
		for i := range items {
			items[i] = pivot(string(benchKey(i)))
			tree.Set(items[i])
		}
		r := rand.New(rand.NewPCG(1, 2))
		b.Run(fmt.Sprintf("set/degree=%d", d), func(b *testing.B) {
			for b.Loop() {
				tree.Set(items[r.IntN(million)])
			}
		})
		b.Run(fmt.Sprintf("copied/degree=%d", d), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%1024 == 0 {
					tree.Copy()
				}
				tree.Set(items[r.IntN(million)])
			}
		})
		b.Run(fmt.Sprintf("scan/degree=%d", d), func(b *testing.B) {
			n := 0
			for b.Loop() {
				tree.Scan(func(*slot) bool { n++; return true })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/item")
		})
	}
}

func ordered(i int) []byte { return fmt.Appendf(nil, "key-%012d", i) }

// BenchmarkMemory reports what a key of 16 bytes with a value of 64 costs in all,
// at 1 million keys: put in random and in ascending order, overwritten, restored.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct {
		name string
		make func() *Machine
	}{
		{"random", func() *Machine { return filled(million, 64, benchKey) }},
		{"ascending", func() *Machine { return filled(million, 64, ordered) }},
		{"overwritten", func() *Machine { return overwritten(filled(million, 64, benchKey), benchKey) }},
		{"ascending-overwritten", func() *Machine { return overwritten(filled(million, 64, ordered), ordered) }},
		{"restored", func() *Machine {
			return restored(b, persisted(b, filled(million, 64, benchKey)))
		}},
		{"restored-overwritten", func() *Machine {
			return overwritten(restored(b, persisted(b, filled(million, 64, benchKey))), benchKey)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				m := c.make()
				b.ReportMetric(float64(heap()-before)/million, "B/key")
				runtime.KeepAlive(m)
			}
		})
	}
}

// overwritten is m after each of its million keys was put anew.
func overwritten(m *Machine, key func(int) []byte) *Machine {
	index, _ := m.Applied()
	value := bytes.Repeat([]byte{'w'}, 64)
	for i := range million {
		m.Apply(entry(index+uint64(i)+1, AppendPut(nil, &kvv1.PutCommand{Key: key(i), Value: value}, nil)))
	}
	return m
}

func BenchmarkPersist(b *testing.B) {
	v := filled(million, 64, benchKey).View()
	b.ReportAllocs()
	since := cpu(b)
	for b.Loop() {
		if err := v.WriteSnapshot(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	reportCPU(b, since, b.N)
}

func BenchmarkRestore(b *testing.B) {
	file := persisted(b, filled(million, 64, benchKey))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	since := cpu(b)
	for b.Loop() {
		restored(b, file)
	}
	reportCPU(b, since, b.N)
}

func BenchmarkHash(b *testing.B) {
	v := filled(million, 64, benchKey).View()
	b.ReportAllocs()
	since := cpu(b)
	for b.Loop() {
		v.Hash()
	}
	reportCPU(b, since, b.N)
}

// BenchmarkGetMany reads keys that are far apart, as many at a time as a message of a
// client has.
func BenchmarkGetMany(b *testing.B) {
	const n, atOnce = 1_000_000, 128
	m := filled(n, 64, benchKey)
	random := rand.New(rand.NewPCG(1, 2))
	keys := make([][]byte, atOnce)
	draw := func() {
		for i := range keys {
			keys[i] = benchKey(random.IntN(n))
		}
	}
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			draw()
			for _, key := range keys {
				m.Get(key)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*atOnce), "ns/key")
	})
	b.Run("together", func(b *testing.B) {
		for b.Loop() {
			draw()
			m.GetMany(keys)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*atOnce), "ns/key")
	})
}
