package client_test

import (
	"context"
	"log"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client"
	"kv/node/playground"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(closing{m}) }

// closing ends the examples' cluster before leaks are looked for.
type closing struct{ *testing.M }

// Run implements goleak.TestingM.
func (c closing) Run() int {
	code := c.M.Run()
	if cluster := started.Load(); cluster != nil {
		if err := cluster.Close(); err != nil {
			log.Print(err)
		}
	}
	return code
}

// started is the examples' cluster, if one of them was run.
var started atomic.Pointer[playground.Cluster]

// exampleAddresses returns the client addresses of a cluster of one node, which the
// first call starts.
var exampleAddresses = sync.OnceValue(func() []string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := playground.Open(ctx, playground.Config{Nodes: 1, FreePorts: true})
	if err != nil {
		log.Fatal(err)
	}
	started.Store(cluster)
	awaitHealth(ctx, cluster.Addresses())
	return cluster.Addresses()
})

// awaitHealth waits until the first node has entered itself into the member table.
func awaitHealth(ctx context.Context, addresses []string) {
	c, err := client.Dial(addresses)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if h, err := c.Health(ctx); err == nil && h.Quorum {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log.Fatal("the examples' cluster does not become healthy")
		}
	}
}

// exampleClient returns a client of the examples' cluster, a context with time
// enough for an example, and what ends both.
func exampleClient() (*client.Client, context.Context, func()) {
	c, err := client.Dial(exampleAddresses())
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	return c, ctx, func() { cancel(); c.Close() }
}
