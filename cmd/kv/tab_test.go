package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"kv/client"
	"kv/node/playground"
	"kv/repl"
	"kv/repl/data"
	"kv/repl/out"
	"kv/repl/shell"
)

// BenchmarkTab is how long the Tab key takes on a million keys of a real node:
//
//	go test ./cmd/kv -run '^$' -bench Tab
func BenchmarkTab(b *testing.B) {
	cluster, err := playground.Open(b.Context(), playground.Config{Nodes: 1, Dir: b.TempDir(), FreePorts: true})
	if err != nil {
		b.Fatal(err)
	}
	defer cluster.Close()
	c, err := client.Dial(cluster.Addresses())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	const keys = 1_000_000
	fill(b, c, keys)
	s := shell.New(shell.Config{Rooms: []shell.Room{data.Room(repl.NewStore(c))}, Printer: &out.Printer{Out: io.Discard, Err: io.Discard}})
	for name, line := range map[string]string{"all": "get ", "some": "get user/00012", "few": "get user/000123", "none": "get x"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if found := shell.NewCompleter(s).Complete(line).Fetch(b.Context()); len(found.Words) == 0 && name != "none" {
					b.Fatal(found.Note)
				}
			}
		})
	}
}

// fill puts keys, many at a time.
func fill(b *testing.B, c *client.Client, keys int64) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range 512 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < keys; i = next.Add(1) - 1 {
				if _, err := c.Put(context.Background(), fmt.Sprintf("user/%07d", i), []byte("value")); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
