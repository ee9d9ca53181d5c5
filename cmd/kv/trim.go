package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A process that has had much to do keeps the memory it did it in: the collector lets
// the heap grow to twice what is alive before it looks, and then keeps the room. A
// store that rests may give that back. One that works keeps it, since the kernel would
// have to clear each page anew.
const (
	trimEvery = 5 * time.Second
	// restingBytes is what a process that rests allocates in trimEvery at most: some
	// heartbeats do about 1 MiB.
	restingBytes = 8 << 20
	// spareBytes is how much there has to be to give back, to be worth a collection.
	spareBytes = 32 << 20
)

// usage is what the runtime says of the memory, in bytes.
type usage struct {
	allocated uint64 // since the start
	live      uint64 // after the last collection
	resident  uint64
}

// resting reports whether the memory that now holds for nothing should be given
// back, given what was a while before.
func (now usage) resting(before usage) bool {
	return now.allocated-before.allocated < restingBytes && now.resident > now.live+max(spareBytes, now.live/4)
}

// trim gives memory back whenever the process rests, until ctx ends.
func trim(ctx context.Context) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	before, since := readUsage(), uint64(0)
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := readUsage()
		// What is left after once is fragments, which another time would not free.
		if now.resting(before) && now.allocated-since > spareBytes {
			debug.FreeOSMemory()
			since = now.allocated
		}
		before = now
	}
}

func readUsage() usage {
	s := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	return usage{
		allocated: s[0].Value.Uint64(),
		live:      s[1].Value.Uint64(),
		resident:  s[2].Value.Uint64() - s[3].Value.Uint64(),
	}
}
