package node_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"weak"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
)

// A receiver that takes its time must not hold in memory what is written meanwhile,
// beyond what it is going to get itself: a busy store would outgrow the machine.
func TestSlowReceiversLetThePastGo(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	const pages = 3
	for i := range pages { // each as large as a page
		put(ctx, t, n, fmt.Sprint("large", i), strings.Repeat("x", 1<<20))
		put(ctx, t, n, "old", strings.Repeat(fmt.Sprint(i), 1<<20))
	}
	for _, read := range []func(sent func()) error{ // the history is compacted meanwhile
		func(sent func()) error {
			return n.History(ctx, &kvv1.HistoryRequest{Key: []byte("old")}, func(*kvv1.HistoryResponse) error { sent(); return nil })
		},
		func(sent func()) error {
			return n.List(ctx, &kvv1.ListRequest{Prefix: []byte("large")}, func(*kvv1.ListResponse) error { sent(); return nil })
		},
		func(sent func()) error {
			by := &kvv1.ListRequest{Prefix: []byte("large"), SortBy: kvv1.SortBy_SORT_BY_VERSION}
			return n.List(ctx, by, func(*kvv1.ListResponse) error { sent(); return nil })
		},
	} {
		messages := 0
		if err := read(func() { messages++; writtenIsFreed(ctx, t, n) }); err != nil {
			t.Fatal(err)
		}
		if messages != pages {
			t.Errorf("%d messages, want %d", messages, pages)
		}
	}
}

// writtenIsFreed waits until a version that was written, replaced and compacted is out
// of memory.
func writtenIsFreed(ctx context.Context, t *testing.T, n *node.Node) {
	t.Helper()
	put(ctx, t, n, "k", "a value that is long enough to have memory of its own")
	resp, err := n.Get(ctx, &kvv1.GetRequest{Key: []byte("k")})
	if err != nil {
		t.Fatal(err)
	}
	written := weak.Make(&resp.GetKv().GetValue()[0])
	put(ctx, t, n, "k", "another")
	revision := put(ctx, t, n, "k", "and another")
	if _, err := n.Compact(ctx, &kvv1.CompactRequest{Revision: revision}); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "the memory to be freed of what was overwritten", func() bool {
		runtime.GC()
		return written.Value() == nil
	})
}
