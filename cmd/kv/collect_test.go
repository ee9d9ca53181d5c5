package main

import (
	"runtime"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		live uint64
		want int
	}{{0, 400}, {1 << 20, 400}, {32 << 20, 400}, {64 << 20, 200}, {128 << 20, 100}, {1 << 30, 100}} {
		if got := gcPercent(tc.live); got != tc.want {
			t.Errorf("%d bytes alive: %d, want %d", tc.live, got, tc.want)
		}
	}
}

// It is called after each collection, and no more once it has said so.
func TestAfterCollection(t *testing.T) {
	t.Parallel()
	calls := make(chan int, 10)
	n := 0
	afterCollection(func() bool {
		n++
		calls <- n
		return n < 3
	})
	deadline := time.After(20 * time.Second)
	for seen := 0; seen < 3; {
		runtime.GC()
		select {
		case seen = <-calls:
		case <-deadline:
			t.Fatalf("called %d times, want 3", seen)
		default:
			runtime.Gosched()
		}
	}
	for range 3 {
		runtime.GC()
	}
	if len(calls) > 0 {
		t.Fatal("called again after it had said no")
	}
}
