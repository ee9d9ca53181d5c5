// Package demo gives an example a cluster to run on.
package demo

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"kv/node/playground"
)

// Main runs an example with the client addresses of a cluster: the one in KV_ADDR
// (HOST:PORT, several with commas) or else a playground of three nodes that ends
// with the example. It exits with 1 if the example fails or takes a minute.
func Main(name string, example func(ctx context.Context, addresses []string) error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, example); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, example func(context.Context, []string) error) error {
	if addr := os.Getenv("KV_ADDR"); addr != "" {
		return example(ctx, strings.Split(addr, ","))
	}
	fmt.Println("KV_ADDR is not set; starting a playground of three nodes")
	cluster, err := playground.Open(ctx, playground.Config{FreePorts: true})
	if err != nil {
		return err
	}
	defer cluster.Close()
	return example(ctx, cluster.Addresses())
}
