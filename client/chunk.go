package client

import (
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
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
	k.data = wire.AppendHead(k.data, wire.RequestCalls, wire.SizeUint(wire.CallID, id)+wire.SizeUint(wire.CallCancel, 1))
	k.data = wire.AppendUint(k.data, wire.CallID, id)
	k.data = wire.AppendUint(k.data, wire.CallCancel, 1)
}

// appendCall appends a Call, as a field of a StreamRequest. size is what
// sizeRequest has just told of the request.
func appendCall(b []byte, id uint64, timeout time.Duration, req proto.Message, size int) ([]byte, error) {
	ms := uint64(0)
	if timeout > 0 {
		ms = uint64((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	kind := kindOf(req)
	whole := wire.SizeUint(wire.CallID, id) + wire.SizeUint(wire.CallTimeout, ms) + wire.SizeHeaded(kind, size)
	out := slices.Grow(b, whole+10)
	out = wire.AppendHead(out, wire.RequestCalls, whole)
	out = wire.AppendUint(out, wire.CallID, id)
	out = wire.AppendUint(out, wire.CallTimeout, ms)
	out = wire.AppendHead(out, kind, size)
	out, err := appendRequest(out, req)
	if err != nil {
		return b, err
	}
	return out, nil
}

func kindOf(req proto.Message) protowire.Number {
	switch req.(type) {
	case *kvv1.PutRequest:
		return wire.CallPut
	case *kvv1.GetRequest:
		return wire.CallGet
	case *kvv1.DeleteRequest:
		return wire.CallDelete
	default:
		return wire.CallTxn
	}
}
