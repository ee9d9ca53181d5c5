// Command config-watch keeps a copy of a configuration that is always up to date:
// it reads all of it once, and then watches from the next revision on, so that no
// change is lost between the two.
package main

import (
	"context"
	"fmt"

	"kv/client"
	"kv/examples/internal/demo"
)

const prefix = "config/"

func main() { demo.Main("config-watch", run) }

func run(ctx context.Context, addresses []string) error {
	c, err := client.Dial(addresses)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Put(ctx, prefix+"color", []byte("blue")); err != nil {
		return err
	}
	config, revision, err := load(ctx, c)
	if err != nil {
		return err
	}
	fmt.Println("loaded:", config)
	if err := edit(ctx, c); err != nil {
		return err
	}
	watch, err := c.Watch(ctx, client.Prefix(prefix), client.FromRevision(revision+1))
	if err != nil {
		return err
	}
	defer watch.Close()
	for changes, err := range watch.All() {
		if err != nil {
			return err // ErrCompacted: begin again with load
		}
		for _, change := range changes.Changes {
			config[change.KV.Key] = string(change.KV.Value)
			if change.Deleted {
				delete(config, change.KV.Key)
			}
		}
		fmt.Println("now:", config)
		if config[prefix+"theme"] != "" {
			break
		}
	}
	return nil
}

// load reads the configuration and tells which revision it was read at.
func load(ctx context.Context, c *client.Client) (map[string]string, uint64, error) {
	list, err := c.List(ctx, prefix)
	if err != nil {
		return nil, 0, err
	}
	config := map[string]string{}
	for kv, err := range list.All() {
		if err != nil {
			return nil, 0, err
		}
		config[kv.Key] = string(kv.Value)
	}
	return config, list.Revision, nil
}

// edit is what somebody else does meanwhile. A transaction is seen as a whole.
func edit(ctx context.Context, c *client.Client) error {
	_, err := c.Txn(ctx, client.Txn{Then: []client.Op{
		client.OpDelete(prefix + "color"), client.OpPut(prefix+"theme", []byte("dark")),
	}})
	return err
}
