package node_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client"
	"kv/node"
	"kv/node/fsm"
	"kv/node/playground"
	kvv1 "kv/proto/kv/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type testLog struct{ t *testing.T }

func (w testLog) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}

// RAFT.md row 3, hashicorp/raft #697: when a snapshot is installed over a log
// whose conflicting, uncommitted end reaches beyond it, the library refuses all
// entries for ever. The node notices and restarts it.
func TestConflictingLogBeyondASnapshotRecovers(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg := playground.Config{
		Nodes: 3, Dir: t.TempDir(), FreePorts: true,
		Tune: func(c *node.Config) {
			c.HeartbeatTimeout = 400 * time.Millisecond
			c.SnapshotBytes = 16 << 10
			c.TrailingEntries = 2
		},
	}
	if testing.Verbose() {
		cfg.Logger = func(name string) *slog.Logger {
			return slog.New(slog.NewTextHandler(testLog{t}, nil)).With("node", name)
		}
	}
	c, err := playground.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	await := func(what string, cond func() bool) {
		t.Helper()
		for tick := time.NewTicker(5 * time.Millisecond); !cond(); {
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Fatalf("waited in vain for %s", what)
			}
		}
	}
	old := c.Leader()
	c.Isolate(old)
	for i := range 200 {
		go c.Node(old).AppendRaw(fsm.AppendPut(nil, &kvv1.PutCommand{Key: []byte(fmt.Sprintf("lost%d", i)), Value: []byte("x")}, nil))
	}
	await("the old leader's log to grow", func() bool { return c.Node(old).LastIndex() > 150 })

	leader := ""
	await("another leader", func() bool { leader = c.Leader(); return leader != "" && leader != old })
	_, addr, _, _ := c.Describe(leader)
	cl, err := client.Dial([]string{addr})
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	await("a snapshot that the old leader's log reaches beyond", func() bool {
		put, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := cl.Put(put, "kept", make([]byte, 8<<10)); err != nil {
			return false
		}
		s, err := cl.Status(ctx, addr)
		return err == nil && s.LastSnapshotIndex > 12
	})
	if end := c.Node(leader).LastIndex(); end > 150 {
		t.Fatalf("the majority's log ends at %d: the old leader's does not reach beyond it", end)
	}
	c.Heal()
	await("all nodes to agree", func() bool {
		seen := map[string]bool{}
		for _, name := range c.Names() {
			hash, applied := c.Node(name).Hash()
			seen[fmt.Sprint(hash, applied)] = true
		}
		return len(seen) == 1
	})
	if got, err := cl.Get(ctx, "lost0"); err != nil || got.KV != nil {
		t.Errorf("get lost0 = %v, %v: it was never committed", got.KV, err)
	}
}
