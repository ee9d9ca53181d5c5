package fsm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Hash is a fingerprint of a state: SHA-256 over all keys with their values,
// revisions and versions, the store's revision, the member table and the
// cluster. The place in the log is not part of it. Two members whose views have
// the same applied index and another Hash have diverged.
type Hash [sha256.Size]byte

// String returns the hash in 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Hash walks over the whole view. Nobody waits for it.
func (v *View) Hash() Hash {
	w := hasher{sum: sha256.New()}
	w.uint(v.revision)
	w.string(v.cluster.id)
	w.string(v.cluster.name)
	w.uint(uint64(len(v.members)))
	for _, m := range v.members {
		w.string(m.GetName())
		w.string(m.GetIncarnation())
		w.string(m.GetRaftAddress())
		w.string(m.GetKvAddress())
		w.string(m.GetVersion())
	}
	w.uint(uint64(v.Len()))
	v.order.Scan(func(it *Item) bool {
		w.item(it)
		return true
	})
	return w.done()
}

// hasher feeds fields to a hash, each with its length in front, as "ab","c" is
// not "a","bc". The bytes are its own and not protobuf's, which promises no
// canonical form.
type hasher struct {
	sum hash.Hash
	buf []byte
}

// hashChunk is how many bytes are gathered before they are hashed.
const hashChunk = 32 << 10

func (h *hasher) uint(n uint64) { h.buf = binary.BigEndian.AppendUint64(h.buf, n) }

func (h *hasher) string(s string) {
	h.uint(uint64(len(s)))
	h.buf = append(h.buf, s...)
}

func (h *hasher) item(it *Item) {
	h.string(it.Key)
	h.uint(uint64(len(it.Value)))
	h.buf = append(h.buf, it.Value...)
	h.uint(it.CreateRevision)
	h.uint(it.ModRevision)
	h.uint(it.Version)
	if len(h.buf) >= hashChunk {
		h.flush()
	}
}

// flush hands the bytes on; a hash.Hash never gives an error.
func (h *hasher) flush() {
	h.sum.Write(h.buf)
	h.buf = h.buf[:0]
}

func (h *hasher) done() (out Hash) {
	h.flush()
	h.sum.Sum(out[:0])
	return out
}
