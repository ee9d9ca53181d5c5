// Command leader-election lets three candidates stand for one office: one leads, and
// when it resigns the next in the queue takes over. An observer watches.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kv/client"
	"kv/examples/internal/demo"
)

const office = "election/office"

func main() { demo.Main("leader-election", run) }

func run(ctx context.Context, addresses []string) error {
	c, err := client.Dial(addresses)
	if err != nil {
		return err
	}
	defer c.Close()
	watch, err := c.WatchKey(ctx, "election/last")
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	failed := make([]error, 3)
	for i, name := range []string{"ada", "grace", "barbara"} {
		all.Go(func() { failed[i] = serve(ctx, c, name) })
	}
	failed = append(failed, observe(watch, len(failed)))
	all.Wait()
	return errors.Join(failed...)
}

// serve stands for the office, holds it for a moment and resigns.
func serve(ctx context.Context, c *client.Client, name string) error {
	session, err := c.NewSession(ctx, 10*time.Second)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	election := client.NewElection(session, office)
	if err := election.Campaign(ctx, []byte(name)); err != nil {
		return err
	}
	fmt.Printf("%s leads\n", name)
	// What only the leader may do is guarded by the fencing token: a leader that
	// was deposed without noticing is refused by the store.
	done, err := c.Txn(ctx, client.Txn{
		If:   []client.Compare{election.Held()},
		Then: []client.Op{client.OpPut("election/last", []byte(name))},
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s wrote as the leader: %t\n", name, done.Succeeded)
	return election.Resign(ctx)
}

// observe follows what the leaders write until so many have served.
func observe(watch *client.Watch, terms int) error {
	defer watch.Close()
	for changes, err := range watch.All() {
		if err != nil {
			return err
		}
		if terms -= len(changes.Changes); terms <= 0 {
			break
		}
	}
	fmt.Println("all have served")
	return nil
}
