// Command kv runs a member of a replicated key-value cluster, the shell that
// drives a cluster, or a whole cluster in one process to play with.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Ctrl-C is the shell's own while one runs; see interruptible.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}
