package playground

import "testing"

// A port that is reserved for a node that is down is not for another playground; the node
// itself may listen there.
func TestAReservedPortIsNotForOthers(t *testing.T) {
	t.Parallel()
	r, err := reserve(0)
	must(t, err)
	if other, err := reserve(r.port); err == nil {
		other.release()
		t.Errorf("port %d was reserved twice", r.port)
	}
	l, err := r.listen()
	must(t, err)
	must(t, l.Close())
	r.release()
	again, err := reserve(r.port)
	must(t, err)
	again.release()
}
