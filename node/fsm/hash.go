package fsm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"google.golang.org/protobuf/encoding/protowire"
	"hash"
	"slices"

	kvv1 "kv/proto/kv/v1"
)

// Hash is a fingerprint of a state: SHA-256 over all that a view holds, keys and
// history, leases and sessions, members and cluster. The place in the log is not
// part of it. Two members whose views have the same applied index and another Hash
// have diverged.
type Hash [sha256.Size]byte

// String returns the hash in 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Hash walks over the whole view. Nobody waits for it.
func (v *View) Hash() Hash {
	w := hasher{sum: sha256.New()}
	w.uints(v.revision, protowire.EncodeBool(v.recorded), v.oldest, v.lastLease, v.quota, v.forgotten)
	w.string(v.cluster.id)
	w.string(v.cluster.name)
	w.uints(uint64(len(v.members)), uint64(v.leases.Len()), uint64(v.Len()), uint64(v.sessions.Len()), uint64(v.changes.len()))
	for _, m := range v.members {
		w.string(m.GetName())
		w.string(m.GetIncarnation())
		w.string(m.GetRaftAddress())
		w.string(m.GetKvAddress())
		w.string(m.GetVersion())
	}
	v.leases.Scan(func(row lease) bool {
		w.uints(row.id, row.ttl, protowire.EncodeBool(row.ephemeral))
		return true
	})
	v.Scan(Range{}, func(it *Item) bool {
		w.item(it)
		return true
	})
	for _, ss := range v.byTurn() {
		w.session(ss)
	}
	v.changes.ascend(v.changes.begin, func(c *change) bool {
		w.item(c.item)
		w.item(c.prev.live())
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

func (h *hasher) uints(numbers ...uint64) {
	for _, n := range numbers {
		h.uint(n)
	}
}

func (h *hasher) string(s string) {
	h.uint(uint64(len(s)))
	h.buf = append(h.buf, s...)
}

// item feeds an item; nil is one with no revision.
func (h *hasher) item(it *Item) {
	if it == nil {
		it = noItem
	}
	f := it.fields()
	h.string(f.key)
	h.uint(uint64(len(f.value)))
	h.buf = append(h.buf, f.value...)
	h.uints(f.create, f.mod, f.version, f.lease)
	if len(h.buf) >= hashChunk {
		h.flush()
	}
}

func (h *hasher) session(ss *session) {
	h.uints(ss.id, ss.acknowledged, ss.used, uint64(len(ss.results)))
	for _, k := range ss.results {
		r := k.result()
		h.uints(k.sequence, r.Revision, r.Deleted, r.Lease, uint64(slices.Index(errNumbers, r.Err)))
		h.item(r.KV)
		h.txn(r.Txn)
	}
}

// txn feeds the result of a transaction in a form of its own, as the rest.
func (h *hasher) txn(t *TxnResult) {
	if t == nil {
		h.uint(0)
		return
	}
	h.uints(1, protowire.EncodeBool(t.Succeeded), uint64(len(t.Results)))
	for _, r := range t.Results {
		h.uints(r.GetPut().GetLease(), r.GetDelete().GetDeleted(), r.GetList().GetCount(), protowire.EncodeBool(r.GetList().GetMore()))
		h.message(r.GetPut().GetPrev())
		h.message(r.GetDelete().GetPrev())
		h.message(r.GetGet().GetKv())
		h.uint(uint64(len(r.GetList().GetKvs())))
		for _, kv := range r.GetList().GetKvs() {
			h.message(kv)
		}
	}
}

func (h *hasher) message(kv *kvv1.KeyValue) {
	h.string(string(kv.GetKey()))
	h.string(string(kv.GetValue()))
	h.uints(kv.GetCreateRevision(), kv.GetModRevision(), kv.GetVersion(), kv.GetLease())
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
