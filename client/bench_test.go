package client_test

import "testing"

// BenchmarkPut is the client's own cost: the member answers at once.
func BenchmarkPut(b *testing.B) {
	m := newMember(b, "n1")
	c := newClient(b, []string{m.address})
	value := make([]byte, 100)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Put(b.Context(), "key", value); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
