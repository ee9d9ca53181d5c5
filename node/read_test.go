package node_test

import "testing"

// What was looked at while the round was under way counts if nothing had been committed
// when the round began that it did not show.
func TestReadEarly(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	put(ctx, t, n, "a", "1")
	applied := func() uint64 { return n.Header().GetAppliedIndex() }
	for _, c := range []struct {
		name  string
		seen  func() uint64
		looks int
	}{
		{"the state as it is", applied, 1},
		{"a state before the last write", func() uint64 { return applied() - 1 }, 2},
	} {
		looks := 0
		err := n.ReadEarly(ctx, func() uint64 {
			looks++
			return c.seen()
		})
		if err != nil || looks != c.looks {
			t.Errorf("%s: %d looks, %v, want %d", c.name, looks, err, c.looks)
		}
	}
}
