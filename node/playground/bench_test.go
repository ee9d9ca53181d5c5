package playground

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kv/client"
)

// Three members and the client in one process, each with its files on the disk of
// the temporary folder. What counts is one figure against another of the same run:
//
//	go test -run '^$' -bench 'Put|Get' -benchtime 2s ./node/playground

// BenchmarkPut is C closed loops of durable puts of 256 bytes.
func BenchmarkPut(b *testing.B) {
	value := make([]byte, 256)
	each(b, []int{1, 64, 256, 1024}, func(ctx context.Context, cl *client.Client, key string) error {
		_, err := cl.Put(ctx, key, value)
		return err
	})
}

// BenchmarkGet is C closed loops of linearizable gets.
func BenchmarkGet(b *testing.B) {
	each(b, []int{1, 64, 256, 1024}, func(ctx context.Context, cl *client.Client, key string) error {
		_, err := cl.Get(ctx, key)
		return err
	})
}

// each runs an operation on a cluster over the stream and by unary calls.
func each(b *testing.B, loops []int, do func(context.Context, *client.Client, string) error) {
	c, err := Open(b.Context(), Config{Nodes: 3, Dir: b.TempDir(), FreePorts: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	for name, opts := range map[string][]client.Option{"stream": nil, "unary": {client.WithoutStream()}} {
		cl, err := client.Dial(c.Addresses(), append(opts, client.WithTimeout(time.Minute))...)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { cl.Close() })
		for _, n := range loops {
			b.Run(fmt.Sprintf("%s/C=%d", name, n), func(b *testing.B) { closedLoops(b, cl, n, do) })
		}
	}
}

// closedLoops runs b.N operations on random ones of 100,000 keys of 16 bytes.
func closedLoops(b *testing.B, cl *client.Client, loops int, do func(context.Context, *client.Client, string) error) {
	b.ReportAllocs()
	before := cpu()
	var begun atomic.Int64
	var all sync.WaitGroup
	for range loops {
		all.Go(func() {
			key := make([]byte, 16)
			for begun.Add(1) <= int64(b.N) {
				binary.BigEndian.PutUint64(key, rand.Uint64N(100_000))
				if err := do(b.Context(), cl, string(key)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// cpu is the processor time that the process has used. Unlike the time on the clock
// it is much the same on a machine that has other things to do.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
