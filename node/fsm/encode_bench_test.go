package fsm

import (
	"bytes"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// BenchmarkAppendPut is the way of a put into a log entry, with room in the slice.
func BenchmarkAppendPut(b *testing.B) {
	put := &kvv1.PutCommand{Key: benchKey(1), Value: bytes.Repeat([]byte{'v'}, 256)}
	stamp := &kvv1.Stamp{Session: 1 << 60, Sequence: 1 << 20, Acknowledged: 1 << 19, Opened: 1 << 30}
	data := AppendPut(nil, put, stamp)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		data = AppendPut(data[:0], put, stamp)
	}
}
