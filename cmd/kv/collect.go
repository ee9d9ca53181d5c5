package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
)

// By default the collector looks when the heap has doubled. While little is alive that
// is every few milliseconds at full load, and a sixth of the processor time of calls
// that make garbage, as unary ones do. So a heap may have roomBytes of garbage however
// small it is, up to four times what is alive.
const (
	roomBytes = 128 << 20
	// usualPercent is the runtime's own default, mostPercent keeps a heap that grows
	// quickly from a target that was right for a small one.
	usualPercent, mostPercent = 100, 400
)

// gcPercent is the GOGC for a heap of which that many bytes are alive.
func gcPercent(live uint64) int {
	return int(min(max(roomBytes*100/max(live, 1), usualPercent), mostPercent))
}

// giveRoom sets GOGC after each collection until ctx ends, unless somebody has chosen
// it. It returns at once.
func giveRoom(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	present := usualPercent
	afterCollection(func() bool {
		if ctx.Err() != nil {
			debug.SetGCPercent(usualPercent)
			return false
		}
		// A change stops all goroutines for a moment; small ones are not worth it.
		if want := gcPercent(readUsage().live); want > present*5/4 || want < present {
			present = want
			debug.SetGCPercent(want)
		}
		return true
	})
}

// afterCollection calls do after each collection, on one goroutine at a time, until it
// returns false.
func afterCollection(do func() bool) {
	// An object with a pointer in it: small ones without share their block with others,
	// and are not collected by themselves.
	type sentinel struct{ _ *sentinel }
	runtime.AddCleanup(new(sentinel), func(do func() bool) {
		if do() {
			afterCollection(do)
		}
	}, do)
}
