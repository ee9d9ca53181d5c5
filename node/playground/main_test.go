package playground

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client"
	"kv/node"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// testContext ends with the test, or when patience does.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// testWriter sends a node's log to the test's.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}

// quick makes a cluster that elects soon; tune may change single nodes further.
func quick(tune func(*node.Config)) func(*node.Config) {
	return func(c *node.Config) {
		c.HeartbeatTimeout = 400 * time.Millisecond
		c.CommitTimeout = 10 * time.Millisecond
		c.SegmentBytes = 256 << 10
		if tune != nil {
			tune(c)
		}
	}
}

// calm elects no sooner than a node does by default: for tests that keep a busy
// machine busier than its heartbeats bear otherwise.
func calm(c *node.Config) { c.HeartbeatTimeout = time.Second }

// newCluster starts n nodes on free ports.
func newCluster(t *testing.T, n int, tune func(*node.Config)) *Cluster {
	t.Helper()
	cfg := Config{Nodes: n, Dir: t.TempDir(), FreePorts: true, Tune: quick(tune)}
	if testing.Verbose() {
		cfg.Logger = func(name string) *slog.Logger {
			return slog.New(slog.NewTextHandler(testWriter{t}, nil)).With("node", name)
		}
	}
	c, err := Open(testContext(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// dial opens a client on some nodes, or on all.
func dial(t *testing.T, c *Cluster, names ...string) *client.Client {
	t.Helper()
	addrs := c.Addresses()
	if len(names) > 0 {
		addrs = nil
		for _, name := range names {
			_, kv, _, _ := c.Describe(name)
			addrs = append(addrs, kv)
		}
	}
	cl, err := client.Dial(addrs, client.WithTimeout(20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close() })
	return cl
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until cond holds and tells what was waited for if it never does.
func waitFor(t *testing.T, c *Cluster, what string, cond func() bool) {
	t.Helper()
	must(t, c.await(testContext(t), what, cond))
}

// waitLeader waits for a leader other than one, and returns its name.
func waitLeader(t *testing.T, c *Cluster, other string) (leader string) {
	t.Helper()
	waitFor(t, c, "a leader other than "+other, func() bool {
		leader = c.Leader()
		return leader != "" && leader != other
	})
	return leader
}

// put writes a key, and again while it is surely or possibly not done: the tests
// that use it write every key once and always the same.
func put(t *testing.T, cl *client.Client, key, value string) {
	t.Helper()
	ctx := testContext(t)
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := cl.Put(attempt, key, []byte(value))
		cancel()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("put %s: %v", key, err)
		}
	}
}

func putMany(t *testing.T, cl *client.Client, prefix string, n int) {
	t.Helper()
	for i := range n {
		put(t, cl, fmt.Sprintf("%s%04d", prefix, i), "value of "+prefix)
	}
}

// get reads a key and fails the test if it does not have the value.
func get(t *testing.T, cl *client.Client, key, want string, opts ...client.ReadOption) {
	t.Helper()
	got, err := cl.Get(testContext(t), key, opts...)
	must(t, err)
	if got.KV == nil || string(got.KV.Value) != want {
		t.Fatalf("get %s = %v, want %q", key, got.KV, want)
	}
}

// waitAgree waits until all running nodes have the same state at the same index.
func waitAgree(t *testing.T, c *Cluster) {
	t.Helper()
	last := ""
	err := c.await(testContext(t), "all nodes to agree", func() bool {
		seen := map[string]bool{}
		last = ""
		for _, name := range c.Names() {
			if n := c.Node(name); n != nil {
				hash, applied := n.Hash()
				seen[fmt.Sprintf("%s@%d", hash, applied)] = true
				last += fmt.Sprintf(" %s:%.8s@%d", name, hash, applied)
			}
		}
		return len(seen) == 1
	})
	if err != nil {
		t.Fatalf("%v; last seen:%s", err, last)
	}
}

// others returns all names but one.
func others(c *Cluster, name string) []string {
	var rest []string
	for _, n := range c.Names() {
		if n != name {
			rest = append(rest, n)
		}
	}
	return rest
}
