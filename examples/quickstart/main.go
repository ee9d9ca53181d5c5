// Command quickstart is the first thing to read for a program that wants to use kv.
// It runs on the cluster in KV_ADDR, or starts a playground for itself.
package main

import (
	"context"
	"fmt"

	"kv/client"
	"kv/examples/internal/demo"
)

func main() { demo.Main("quickstart", run) }

func run(ctx context.Context, addresses []string) error {
	// Any member will do; the client finds the leader and follows it.
	c, err := client.Dial(addresses)
	if err != nil {
		return err
	}
	defer c.Close()

	put, err := c.Put(ctx, "quickstart/greeting", []byte("hello"))
	if err != nil {
		// An error says how the write ended: not done, or unknown.
		return fmt.Errorf("put (outcome: %v): %w", client.OutcomeOf(err), err)
	}
	fmt.Printf("put: a majority has it on disk; it is revision %d of the store\n", put.Revision)

	got, err := c.Get(ctx, "quickstart/greeting")
	if err != nil {
		return err
	}
	fmt.Printf("get: %q, version %d, linearizable: it sees every write acknowledged before\n", got.KV.Value, got.KV.Version)

	stale, err := c.Get(ctx, "quickstart/greeting", client.Stale())
	if err != nil {
		return err
	}
	fmt.Printf("get -stale: asked nobody else; %s heard from the leader %s ago\n", stale.Member, stale.Freshness.LastContact)

	list, err := c.List(ctx, "quickstart/")
	if err != nil {
		return err
	}
	for kv, err := range list.All() {
		if err != nil {
			return err
		}
		fmt.Printf("list: %s = %q\n", kv.Key, kv.Value)
	}

	deleted, err := c.Delete(ctx, "quickstart/greeting")
	if err != nil {
		return err
	}
	fmt.Printf("delete: %d key removed\n", deleted.Deleted)

	leader, err := c.Leader(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("leader: %s at %s, in term %d; kill it, and run me again\n", leader.Name, leader.Address, leader.Term)
	return nil
}
