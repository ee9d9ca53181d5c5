package client

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// op is a Put, Get, Delete or Txn on the connections' lines, with all that its
// attempts need, in one piece: there may be hundreds of thousands of them a second.
type op struct {
	call    call
	req     proto.Message // what is asked, such as &put
	whole   span          // of the call
	part    span          // of an attempt
	ticket  ticket
	pending pending

	put   kvv1.PutRequest
	get   kvv1.GetRequest
	stamp kvv1.Stamp
	key   [64]byte // room for a key
}

var ops = sync.Pool{New: func() any { return new(op) }}

func newOp(k kind) *op {
	o := ops.Get().(*op)
	o.call = call{kind: k, op: o}
	return o
}

// free lets another call have the op, which is over and has nothing more to tell. One
// that has gone by itself may still be in the hands of an interceptor; one that has
// failed may still get an answer.
func (o *op) free() {
	if o.pending.reply.head == nil {
		return
	}
	o.call, o.req, o.ticket = call{}, nil, ticket{}
	o.whole, o.part = span{}, span{}
	o.pending = pending{done: o.pending.done}
	o.put.Reset()
	o.get.Reset()
	ops.Put(o)
}

// keyOf returns key as bytes, which most often need no room of their own.
func (o *op) keyOf(key string) []byte { return append(o.key[:0], key...) }

// look carries out a read.
func (c *Client) look(ctx context.Context, o *op) error {
	o.begin(ctx, c.cfg.timeout)
	return c.travelled(&o.whole, &o.call)
}

// change carries out a write, whose attempts all carry one stamp.
func (c *Client) change(ctx context.Context, o *op) error {
	o.begin(ctx, c.cfg.timeout)
	if err := c.writes.begin(&o.whole, c.base.Done(), &c.table.applied, &o.ticket); err != nil {
		return err
	}
	defer c.writes.end(&o.ticket)
	o.call.ticket = &o.ticket
	return c.travelled(&o.whole, &o.call)
}

func (o *op) begin(ctx context.Context, timeout time.Duration) {
	now := time.Now()
	o.whole = span{Context: ctx, end: now.Add(timeout), began: now}
	if end, ok := ctx.Deadline(); ok {
		o.whole.end = end
	}
}

// restamp gives the request the stamp of its ticket.
func (o *op) restamp() {
	if o.call.ticket == nil {
		return
	}
	o.ticket.fill(&o.stamp)
	switch r := o.req.(type) {
	case *kvv1.PutRequest:
		r.Stamp = &o.stamp
	case *kvv1.DeleteRequest:
		r.Stamp = &o.stamp
	case *kvv1.TxnRequest:
		r.Stamp = &o.stamp
	}
}

// reply is what a member has answered.
type reply struct {
	kind int // the field of Answer that it is
	// head is the header of all answers of a message, nil if there was none; revision
	// and applied are those of this answer.
	head              *Header
	revision, applied uint64
	// kv is what a Get has found.
	kv *KeyValue
	// answer has all else, nil if there is nothing else.
	answer *kvv1.Answer
}

// header is that of the answer, whose own one is nil unless another member has made it.
func (r *reply) header(own *kvv1.Header) Header {
	if own != nil || r.head == nil {
		return headerOf(own)
	}
	h := *r.head
	h.Revision, h.AppliedIndex = r.revision, r.applied
	return h
}

// own is the header of the answer if it has one of its own.
func (r *reply) own() *kvv1.Header {
	switch a := r.answer.GetResult().(type) {
	case *kvv1.Answer_Put:
		return a.Put.GetHeader()
	case *kvv1.Answer_Get:
		return a.Get.GetHeader()
	case *kvv1.Answer_Delete:
		return a.Delete.GetHeader()
	case *kvv1.Answer_Txn:
		return a.Txn.GetHeader()
	}
	return nil
}
