// Command counter lets several workers count to 100 together: each reads the number
// and writes the next one if nobody else did in between.
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"kv/client"
	"kv/examples/internal/demo"
)

const key = "counter/hits"

func main() { demo.Main("counter", run) }

func run(ctx context.Context, addresses []string) error {
	c, err := client.Dial(addresses)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Delete(ctx, key); err != nil {
		return err
	}
	var workers sync.WaitGroup
	var conflicts atomic.Int64
	failed := make([]error, 5)
	for i := range failed {
		workers.Go(func() {
			for range 20 {
				if err := increment(ctx, c, &conflicts); err != nil {
					failed[i] = err
					return
				}
			}
		})
	}
	workers.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	got, err := c.Get(ctx, key)
	if err != nil {
		return err
	}
	fmt.Printf("5 workers counted to %s; %d times one was too late and looked again\n", got.KV.Value, conflicts.Load())
	return nil
}

func increment(ctx context.Context, c *client.Client, conflicts *atomic.Int64) error {
	for {
		got, err := c.Get(ctx, key)
		if err != nil {
			return err
		}
		n, revision := 0, uint64(0) // of a key that is not there
		if got.KV != nil {
			if n, err = strconv.Atoi(string(got.KV.Value)); err != nil {
				return err
			}
			revision = got.KV.ModRevision
		}
		_, err = c.Put(ctx, key, []byte(strconv.Itoa(n+1)), client.IfRevision(revision))
		if !errors.Is(err, client.ErrConflict) {
			return err
		}
		conflicts.Add(1)
	}
}
