package client_test

import (
	"testing"

	"kv/client"
)

// BenchmarkPut is the client's own cost: the member answers at once.
func BenchmarkPut(b *testing.B) {
	for name, opts := range map[string][]client.Option{"stream": nil, "unary": {client.WithoutStream()}} {
		b.Run(name, func(b *testing.B) {
			m := newMember(b, "n1")
			c := newClient(b, []string{m.address}, opts...)
			value := make([]byte, 100)
			b.ReportAllocs()
			b.SetParallelism(64)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := c.Put(b.Context(), "key", value); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
