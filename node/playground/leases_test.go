package playground

import (
	"sync"
	"testing"
	"time"

	"kv/client"
)

// A list of leases that is longer than one answer is complete.
func TestManyLeasesAreListed(t *testing.T) {
	t.Parallel()
	const n = 2100 // two answers and a little
	c := newCluster(t, 1, nil)
	cl := dial(t, c)
	var granted sync.WaitGroup
	for range 50 {
		granted.Go(func() {
			for range n / 50 {
				if _, err := cl.Grant(testContext(t), time.Hour); err != nil {
					t.Error(err)
				}
			}
		})
	}
	granted.Wait()
	leases, err := cl.Leases(testContext(t))
	must(t, err)
	if len(leases) != n {
		t.Fatalf("%d leases, want %d", len(leases), n)
	}
	for i, l := range leases {
		if l.ID != client.LeaseID(i+1) || l.TTL != time.Hour || l.Remaining <= 0 {
			t.Fatalf("lease %d is %+v", i, l)
		}
	}
}
