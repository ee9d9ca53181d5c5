package rpc

import (
	"sync/atomic"

	kvv1 "kv/proto/kv/v1"
)

// Counts are the numbers of requests that a member was asked, whatever came of them.
// They are counted once for all calls of a message, so that they cost next to nothing.
// Safe for concurrent use; a nil one counts nothing.
type Counts struct{ gets, lists, puts, deletes, txns atomic.Uint64 }

// Message returns the numbers; nil of a nil one.
func (c *Counts) Message() *kvv1.RequestCounts {
	if c == nil {
		return nil
	}
	return &kvv1.RequestCounts{Gets: c.gets.Load(), Lists: c.lists.Load(), Puts: c.puts.Load(), Deletes: c.deletes.Load(), Txns: c.txns.Load()}
}

// one counts a request that came by itself.
func (c *Counts) one(which func(*Counts) *atomic.Uint64) {
	if c != nil {
		which(c).Add(1)
	}
}

func gets(c *Counts) *atomic.Uint64    { return &c.gets }
func lists(c *Counts) *atomic.Uint64   { return &c.lists }
func puts(c *Counts) *atomic.Uint64    { return &c.puts }
func deletes(c *Counts) *atomic.Uint64 { return &c.deletes }
func txns(c *Counts) *atomic.Uint64    { return &c.txns }

// calls counts the calls of one message on a stream.
func (c *Counts) calls(calls []*Call) {
	if c == nil {
		return
	}
	var get, put, del, txn uint64
	for _, call := range calls {
		switch call.Request.GetRequest().(type) {
		case *kvv1.Call_Get:
			get++
		case *kvv1.Call_Put:
			put++
		case *kvv1.Call_Delete:
			del++
		case *kvv1.Call_Txn:
			txn++
		}
	}
	add(&c.gets, get)
	add(&c.puts, put)
	add(&c.deletes, del)
	add(&c.txns, txn)
}

func add(to *atomic.Uint64, n uint64) {
	if n > 0 {
		to.Add(n)
	}
}
