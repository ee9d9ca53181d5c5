package node

import (
	"kv/node/fsm"
	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// batch is the proposal of writes that came in one message.
type batch struct {
	queued
	m      *member
	finish func([]*rpc.Call)
	data   []byte // the commands, one behind the other
	calls  []*rpc.Call
	ends   []int // where in data the command of each call ends
	live   []*rpc.Call
}

func (m *member) newBatch(calls []*rpc.Call, finish func([]*rpc.Call)) *batch {
	size := 0
	for _, c := range calls {
		size += commandRoom + len(c.Request.GetPut().GetKey()) + len(c.Request.GetPut().GetValue())
	}
	return &batch{m: m, finish: finish, data: make([]byte, 0, min(size, maxBatchBytes)),
		calls: make([]*rpc.Call, 0, len(calls)), ends: make([]int, 0, len(calls))}
}

// commandRoom is what a command takes besides key and value, about.
const commandRoom = 48

// add encodes a call. It reports false for one that does not go into the log.
func (b *batch) add(c *rpc.Call) (bool, error) {
	data, err := b.data, error(nil)
	switch r := c.Request.GetRequest().(type) {
	case *kvv1.Call_Put:
		data, err = b.m.encodePut(data, r.Put)
	case *kvv1.Call_Delete:
		data, err = b.m.encodeDelete(data, r.Delete)
	case *kvv1.Call_Txn:
		txn := txnCommand(r.Txn)
		if err := fsm.CheckTxn(txn); err != nil {
			return false, kverr.ErrInvalid.Withf("%v", err)
		}
		if fsm.ReadOnly(txn) {
			return false, nil
		}
		data, err = b.m.encodeModel(data, &kvv1.Command{Op: &kvv1.Command_Txn{Txn: txn}, Stamp: r.Txn.GetStamp()})
	default:
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b.data, b.calls, b.ends = data, append(b.calls, c), append(b.ends, len(data))
	return true, nil
}

func (b *batch) propose() {
	if len(b.calls) == 0 {
		return
	}
	if err := b.m.proposer.enqueue(b); err != nil {
		b.drop(err)
	}
}

func (b *batch) count() int { return len(b.calls) }

func (b *batch) size() int { return len(b.data) }

func (b *batch) taken() int { return len(b.live) }

// take implements proposal. As long as nobody has given up it is one copy, or none.
func (b *batch) take(data []byte) []byte {
	b.live = b.waiting()
	switch {
	case len(b.live) == len(b.calls) && data == nil:
		return b.data
	case len(b.live) == len(b.calls):
		return append(data, b.data...)
	}
	start, next := 0, 0
	for i, end := range b.ends {
		if next < len(b.live) && b.calls[i] == b.live[next] {
			data = append(data, b.data[start:end]...)
			next++
		}
		start = end
	}
	return data
}

// waiting takes the calls whose callers have not given up.
func (b *batch) waiting() []*rpc.Call {
	live := make([]*rpc.Call, 0, len(b.calls))
	for _, c := range b.calls {
		if c.Take() {
			live = append(live, c)
		}
	}
	return live
}

// drop implements proposal.
func (b *batch) drop(err error) {
	calls := b.waiting()
	b.m.refusedWrites(err, len(calls))
	for _, c := range calls {
		c.Fail(err)
	}
	b.finish(calls)
}

// land implements proposal.
func (b *batch) land(results []fsm.Result, err error) {
	applied, _ := b.m.machine.Applied()
	if err != nil {
		_, named := b.m.settled(fsm.Result{}, err)
		b.m.refusedWrites(named, len(b.live))
	}
	for i, c := range b.live {
		var result fsm.Result
		if err == nil {
			result = results[i]
		}
		result, err := b.m.settled(result, err)
		if err == nil {
			c.Answer.Revision, c.Answer.AppliedIndex = result.Revision, applied
			err = answer(c, &result)
		}
		if err != nil {
			c.Fail(err)
		}
	}
	b.finish(b.live)
}

// donePut is the answer to most puts.
var donePut = &kvv1.Answer_Put{Put: &kvv1.PutResponse{}}

// answer makes the result of a write its answer.
func answer(c *rpc.Call, result *fsm.Result) (err error) {
	switch r := c.Request.GetRequest().(type) {
	case *kvv1.Call_Put:
		if r.Put.IfModRevision == nil && result.KV == nil && result.Lease == 0 {
			c.Answer.Result = donePut
			return nil
		}
		done := new(kvv1.Answer_Put)
		done.Put, err = putResponse(r.Put, result)
		c.Answer.Result = done
	case *kvv1.Call_Delete:
		done := new(kvv1.Answer_Delete)
		done.Delete, err = deleteResponse(r.Delete, result)
		c.Answer.Result = done
	case *kvv1.Call_Txn:
		c.Answer.Result = &kvv1.Answer_Txn{Txn: txnResponse(nil, result.Txn)}
	}
	return err
}
