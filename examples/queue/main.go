// Command queue hands out jobs: producers add them, workers take the oldest, and no
// job is taken twice, since taking one is deleting it at the revision it was seen.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"kv/client"
	"kv/examples/internal/demo"
)

const (
	prefix = "queue/"
	jobs   = 12
)

func main() { demo.Main("queue", run) }

func run(ctx context.Context, addresses []string) error {
	c, err := client.Dial(addresses)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.DeleteRange(ctx, client.Prefix(prefix)); err != nil {
		return err
	}
	for i := range jobs {
		if _, err := c.Put(ctx, fmt.Sprint(prefix, "job-", i), nil); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	taken := map[string]int{}
	var workers sync.WaitGroup
	failed := make([]error, 3)
	for i := range failed {
		workers.Go(func() {
			for {
				job, err := take(ctx, c)
				if failed[i] = err; err != nil || job == "" {
					return
				}
				mu.Lock()
				taken[job]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	fmt.Printf("3 workers took %d jobs of %d; most often taken: %d time\n", len(taken), jobs, slices.Max(slices.Collect(maps.Values(taken))))
	return errors.Join(failed...)
}

// take returns the oldest job, "" if there is none.
func take(ctx context.Context, c *client.Client) (string, error) {
	for {
		list, err := c.List(ctx, prefix, client.Sorted(client.SortByCreateRevision), client.Limit(1))
		if err != nil {
			return "", err
		}
		var oldest *client.KeyValue
		for kv, err := range list.All() {
			if err != nil {
				return "", err
			}
			oldest = &kv
		}
		if oldest == nil {
			return "", nil
		}
		_, err = c.Delete(ctx, oldest.Key, client.IfRevision(oldest.ModRevision))
		if !errors.Is(err, client.ErrConflict) {
			return oldest.Key, err
		}
	}
}
