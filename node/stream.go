package node

import (
	"context"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
)

// Header implements rpc.Backend.
func (n *Node) Header() *kvv1.Header {
	m, err := n.cluster()
	if err != nil {
		return &kvv1.Header{Member: n.cfg.Name}
	}
	return m.header(0)
}

// ReadMany implements rpc.Backend. Errors of the calls: those of Get.
func (n *Node) ReadMany(ctx context.Context, level kvv1.Consistency, calls []*rpc.Call) {
	m, err := n.cluster()
	if err == nil {
		err = m.readMany(ctx, level, calls)
	}
	if err == nil {
		return
	}
	for _, c := range calls {
		c.Answer.Revision, c.Answer.AppliedIndex = 0, 0 // of a look that came to nothing
		c.Fail(err)
	}
}

func (m *member) readMany(ctx context.Context, level kvv1.Consistency, calls []*rpc.Call) error {
	if level == kvv1.Consistency_CONSISTENCY_STALE {
		m.lookUp(calls, m.freshness())
		return nil
	}
	return m.readEarly(ctx, func() uint64 { return m.lookUp(calls, nil) })
}

// lookUp answers calls from one state, and returns the index up to which it was applied.
func (m *member) lookUp(calls []*rpc.Call, freshness *kvv1.Freshness) uint64 {
	keys := make([][]byte, len(calls))
	for i, c := range calls {
		keys[i] = c.Request.GetGet().GetKey()
	}
	items, revision, applied := m.machine.GetMany(keys)
	for i, c := range calls {
		req := c.Request.GetGet()
		if req.GetRevision() != 0 {
			m.readAt(c, req, freshness)
			continue
		}
		resp := &kvv1.GetResponse{Freshness: freshness}
		if items[i] != nil {
			resp.Kv = items[i].Message(false)
		}
		c.Answer.Revision, c.Answer.AppliedIndex = revision, applied
		c.Answer.Result = &kvv1.Answer_Get{Get: resp}
	}
	return applied
}

func (m *member) readAt(c *rpc.Call, req *kvv1.GetRequest, freshness *kvv1.Freshness) {
	resp, err := m.getAt(req, freshness)
	if err != nil {
		c.Fail(err)
		return
	}
	c.Answer.Result = &kvv1.Answer_Get{Get: resp}
}

// WriteMany implements rpc.Backend. On a member that does not lead it returns all
// calls, which then are forwarded one by one: a client learns from the first answer
// where the leader is, and goes there.
func (n *Node) WriteMany(calls []*rpc.Call, finish func([]*rpc.Call)) (rest []*rpc.Call) {
	m, err := n.cluster()
	if err != nil || !m.leading() {
		return calls
	}
	var failed []*rpc.Call
	b := m.newBatch(calls, finish)
	for i, c := range calls {
		ok, err := b.add(c)
		switch {
		case err != nil:
			c.Fail(err)
			m.refusedWrites(err, 1)
			failed = append(failed, c)
		case !ok:
			rest = append(rest, c)
		case len(b.data) >= maxBatchBytes:
			b.propose()
			b = m.newBatch(calls[i+1:], finish)
		}
	}
	b.propose()
	if len(failed) > 0 {
		finish(failed)
	}
	return rest
}
