package main

import (
	"fmt"
	"time"

	"kv/node"
)

// tuneFlags change all nodes of a playground, where a node's own defaults would take too
// long to watch.
type tuneFlags struct {
	heartbeat     time.Duration
	snapshotBytes int64
	trailing      uint64
}

func defineTune(f *flags) *tuneFlags {
	var t tuneFlags
	f.DurationVar(&t.heartbeat, "heartbeat", 0, "how long a follower waits for its leader before it stands for election (default 1s)")
	sizeVar(f, &t.snapshotBytes, "snapshot-bytes", 0, "how many `bytes` of log make a snapshot due (default 128 MiB)")
	f.Uint64Var(&t.trailing, "trailing", 0, "how many `entries` stay in the log behind a snapshot (default 131072)")
	return &t
}

// leastHeartbeat is what goroutines on a busy machine can keep.
const leastHeartbeat = 100 * time.Millisecond

func (t *tuneFlags) check() error {
	if t.heartbeat != 0 && t.heartbeat < leastHeartbeat {
		return fmt.Errorf("-heartbeat is %s: give at least %s", t.heartbeat, leastHeartbeat)
	}
	return nil
}

// apply changes a node's configuration; 0 leaves its default.
func (t *tuneFlags) apply(c *node.Config) {
	c.HeartbeatTimeout = t.heartbeat
	c.SnapshotBytes = t.snapshotBytes
	c.TrailingEntries = t.trailing
	if t.heartbeat != 0 {
		c.StallTimeout = max(5*t.heartbeat, 2*time.Second)
	}
}
