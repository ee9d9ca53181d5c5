package logstore

import (
	"bytes"
	"testing"

	"github.com/hashicorp/raft"
)

// FuzzDecodeFrame: what decodes, encodes to the same bytes; nothing panics.
func FuzzDecodeFrame(f *testing.F) {
	var enc encoder
	for _, n := range []int{0, 1, 400, 3000} {
		enc.begin()
		enc.add(entry(1, 2, n))
		enc.add(entry(2, 2, n))
		f.Add(enc.finish(frame{kind: kindEntries, segment: 1, first: 1, count: 2}))
	}
	enc.begin()
	f.Add(enc.finish(frame{kind: kindTruncate, segment: 3, first: 9}))
	f.Add(make([]byte, sector))
	f.Fuzz(func(t *testing.T, b []byte) {
		unfinished(b)
		got, size, err := decodeFrame(b, new([]byte))
		if err != nil {
			return
		}
		var enc encoder
		enc.begin()
		enc.stream = append(enc.stream, got.payload...)
		if !bytes.Equal(enc.finish(got), b[:size]) {
			t.Fatal("frame does not encode to what it was decoded from")
		}
		l := &Log{}
		_ = l.apply(&segment{}, 0, got)
	})
}

// FuzzDecodeEntry: bytes of any kind give an error or an entry, within bounds.
func FuzzDecodeEntry(f *testing.F) {
	f.Add(appendEntry(nil, entry(3, 4, 20)))
	f.Add(appendEntry(nil, &raft.Log{Extensions: []byte("x")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e raft.Log
		if n, err := decodeEntry(b, &e); err == nil && !bytes.Equal(appendEntry(nil, &e), b[:n]) {
			t.Fatal("entry does not encode to what it was decoded from")
		}
	})
}
