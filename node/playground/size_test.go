package playground

import "testing"

// A playground may have any number of nodes from one to nine.
func TestSmallestAndLargest(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, MaxNodes} {
		c := newCluster(t, n, calm)
		if got := len(c.Names()); got != n {
			t.Errorf("%d nodes, want %d", got, n)
		}
		cl := dial(t, c)
		put(t, cl, "k", "v")
		waitAgree(t, c)
		must(t, c.Close())
	}
	for _, n := range []int{-1, MaxNodes + 1} {
		if c, err := Open(testContext(t), Config{Nodes: n, FreePorts: true}); err == nil {
			c.Close()
			t.Errorf("%d nodes are no error", n)
		}
	}
}
