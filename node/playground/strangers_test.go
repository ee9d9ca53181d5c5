package playground

import (
	"errors"
	"testing"

	"kv/client"
	"kv/proto/kverr"
)

// An address may change hands: a client keeps to the cluster that answered first,
// and a member refuses what is meant for another.
func TestClientKeepsToItsCluster(t *testing.T) {
	t.Parallel()
	mine, other := newCluster(t, 1, nil), newCluster(t, 1, nil)
	cl, err := client.Dial([]string{kvAddress(mine, "n1"), kvAddress(other, "n1")})
	must(t, err)
	defer cl.Close()
	// The first to answer is mine, however busy it is.
	_, err = cl.Get(testContext(t), "k", client.At(kvAddress(mine, "n1")))
	must(t, err)
	put(t, cl, "k", "mine")
	must(t, mine.Kill(testContext(t), "n1"))
	if _, err := cl.Get(testContext(t), "k", client.At(kvAddress(other, "n1"))); !errors.Is(err, kverr.ErrClusterMismatch) {
		t.Errorf("a read at a stranger: %v, want ErrClusterMismatch", err)
	}
	go func() { mine.Start(testContext(t), "n1") }()
	put(t, cl, "k", "mine again")
	strange, err := client.Dial([]string{kvAddress(other, "n1")})
	must(t, err)
	defer strange.Close()
	if got, err := strange.Get(testContext(t), "k"); err != nil || got.KV != nil {
		t.Errorf("the other cluster has k = %v, %v", got.KV, err)
	}
}
