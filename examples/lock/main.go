// Command lock shows what a lock on a cluster is worth: two workers take turns, and
// one that lost its lock without noticing, as after a long pause, cannot do harm,
// since its writes carry the fencing token.
package main

import (
	"context"
	"fmt"
	"time"

	"kv/client"
	"kv/examples/internal/demo"
)

func main() { demo.Main("lock", run) }

func run(ctx context.Context, addresses []string) error {
	c, err := client.Dial(addresses)
	if err != nil {
		return err
	}
	defer c.Close()
	slow, fast := new(worker), new(worker)
	if err := slow.lock(ctx, c); err != nil {
		return err
	}
	fmt.Println("slow: has the lock")
	if err := slow.write(ctx, c, "slow was here"); err != nil {
		return err
	}
	// The slow worker's session ends, as it would if its process were paused for
	// longer than the lease lasts. It goes on and does not know yet.
	if _, err := c.Revoke(ctx, slow.session.Lease()); err != nil {
		return err
	}
	if err := fast.lock(ctx, c); err != nil {
		return err
	}
	defer fast.session.Close(ctx)
	fmt.Printf("fast: has the lock; its token is newer: %t\n", fast.mutex.Token() > slow.mutex.Token())
	if err := fast.write(ctx, c, "fast was here"); err != nil {
		return err
	}
	if err := slow.write(ctx, c, "slow again"); err != nil {
		fmt.Println("slow:", err)
	}
	got, err := c.Get(ctx, "lock/account")
	if err != nil {
		return err
	}
	fmt.Printf("the account says: %s\n", got.KV.Value)
	return fast.mutex.Unlock(ctx)
}

type worker struct {
	session *client.Session
	mutex   *client.Mutex
}

func (w *worker) lock(ctx context.Context, c *client.Client) (err error) {
	if w.session, err = c.NewSession(ctx, 10*time.Second); err != nil {
		return err
	}
	w.mutex = client.NewMutex(w.session, "lock/mutex")
	return w.mutex.Lock(ctx)
}

// write changes the account only while this worker holds the lock: the store itself
// compares the token at the moment of the write.
func (w *worker) write(ctx context.Context, c *client.Client, value string) error {
	done, err := c.Txn(ctx, client.Txn{
		If:   []client.Compare{w.mutex.Held()},
		Then: []client.Op{client.OpPut("lock/account", []byte(value))},
	})
	if err == nil && !done.Succeeded {
		err = fmt.Errorf("refused: the lock is not mine any more")
	}
	return err
}
