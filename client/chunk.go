package client

import (
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// Field numbers of kv.proto that are encoded by hand. A test holds them against the
// generated code.
const (
	fieldCluster = 1 // StreamRequest.cluster_id
	fieldCalls   = 2 // StreamRequest.calls

	fieldID      = 1 // Call.id
	fieldTimeout = 2 // Call.timeout_ms
	fieldPut     = 3 // Call.put
	fieldGet     = 4 // Call.get
	fieldDelete  = 5 // Call.delete
	fieldTxn     = 6 // Call.txn
	fieldCancel  = 7 // Call.cancel
)

// maxChunkBytes closes a chunk; one call may be more.
const maxChunkBytes = 1 << 20

// room is where the data of chunks is kept: gRPC gives it back when it was sent.
var room chunkRoom

type chunkRoom struct{ pool sync.Pool }

// Get implements mem.BufferPool. Whatever the length, it is 0.
func (r *chunkRoom) Get(int) *[]byte {
	if b, ok := r.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, 4096)
	return &b
}

// Put implements mem.BufferPool.
func (r *chunkRoom) Put(b *[]byte) {
	*b = (*b)[:0]
	r.pool.Put(b)
}

// chunk is calls that wait to be sent in one message, each encoded by the goroutine
// that makes it: what is behind a request is not looked at once the call is over.
type chunk struct {
	data  []byte
	calls []*pending // those of data, in order; cancellations have none
}

// add encodes a call into the chunk, whose request has size bytes. On an error the
// chunk is as it was.
func (k *chunk) add(p *pending, timeout time.Duration, req proto.Message, size int) error {
	data, err := appendCall(k.data, p.id, timeout, req, size)
	if err != nil {
		return err
	}
	p.chunk, p.at, p.bytes = k, len(k.data), len(data)-len(k.data)
	k.data, k.calls = data, append(k.calls, p)
	return nil
}

// remove takes a call out again.
func (k *chunk) remove(p *pending) {
	i := slices.Index(k.calls, p)
	k.data = slices.Delete(k.data, p.at, p.at+p.bytes)
	k.calls = slices.Delete(k.calls, i, i+1)
	for _, later := range k.calls[i:] {
		later.at -= p.bytes
	}
	p.chunk = nil
}

// cancel adds the cancellation of a call.
func (k *chunk) cancel(id uint64) {
	k.data = protowire.AppendTag(k.data, fieldCalls, protowire.BytesType)
	k.data = protowire.AppendVarint(k.data, uint64(sizeUint(fieldID, id)+2))
	k.data = appendUint(k.data, fieldID, id)
	k.data = appendUint(k.data, fieldCancel, 1)
}

// appendCall appends a Call, as a field of a StreamRequest. size is what
// sizeRequest has just told of the request.
func appendCall(b []byte, id uint64, timeout time.Duration, req proto.Message, size int) ([]byte, error) {
	ms := uint64(0)
	if timeout > 0 {
		ms = uint64((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	kind := kindOf(req)
	whole := sizeUint(fieldID, id) + sizeUint(fieldTimeout, ms) + protowire.SizeTag(kind) + protowire.SizeBytes(size)
	out := slices.Grow(b, whole+10)
	out = protowire.AppendTag(out, fieldCalls, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(whole))
	out = appendUint(out, fieldID, id)
	out = appendUint(out, fieldTimeout, ms)
	out = protowire.AppendTag(out, kind, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(size))
	out, err := appendRequest(out, req)
	if err != nil {
		return b, err
	}
	return out, nil
}

func kindOf(req proto.Message) protowire.Number {
	switch req.(type) {
	case *kvv1.PutRequest:
		return fieldPut
	case *kvv1.GetRequest:
		return fieldGet
	case *kvv1.DeleteRequest:
		return fieldDelete
	default:
		return fieldTxn
	}
}

func appendUint(b []byte, num protowire.Number, n uint64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), n)
}

func sizeUint(num protowire.Number, n uint64) int {
	if n == 0 {
		return 0
	}
	return protowire.SizeTag(num) + protowire.SizeVarint(n)
}
