package wires

import (
	"context"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// beatWait bounds a heartbeat whose sender has been told already that all is well.
const beatWait = 5 * time.Second

// beat makes the call of a heartbeat. While time stands still its sender does not wait
// for the answer, and takes it that there will be one: the lease of a leader, which
// rests on it, stands still as well. The heartbeat itself travels on, one at a time on
// a wire, and does to its receiver what it does.
func (c *call) beat(ctx context.Context, req *kvv1.AppendEntriesRequest, reply *kvv1.AppendEntriesResponse) error {
	stopped, changed := c.n.cfg.Clock.Look()
	if stopped && !c.leave() {
		presume(req, reply)
		return nil
	}
	own, cancel := c.n.cfg.Clock.WithTimeout(context.WithoutCancel(ctx), beatWait)
	answer, done := new(kvv1.AppendEntriesResponse), make(chan error, 1)
	if !c.n.spawn(func() {
		defer cancel()
		defer c.arrived()
		defer context.AfterFunc(c.n.ctx, cancel)()
		done <- c.run(own, req, answer)
	}) {
		cancel()
		return c.run(ctx, req, reply)
	}
	for !stopped {
		select {
		case err := <-done:
			proto.Merge(reply, answer)
			return err
		case <-ctx.Done():
			cancel()
			return status.FromContextError(ctx.Err()).Err()
		case <-changed:
			stopped, changed = c.n.cfg.Clock.Look()
		}
	}
	c.leave()
	presume(req, reply)
	return nil
}

// presume makes the answer that a heartbeat will have had.
func presume(req *kvv1.AppendEntriesRequest, reply *kvv1.AppendEntriesResponse) {
	reply.Term, reply.Success = req.GetTerm(), true
}

// leave leaves the heartbeat to itself, and reports whether it is the only one on its
// wire, or was left before.
func (c *call) leave() bool {
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	w := c.n.wire(c.from, c.to)
	if w.beat == nil {
		w.beat = c
	}
	return w.beat == c
}

// arrived makes room for the next heartbeat.
func (c *call) arrived() {
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	if w := c.n.wire(c.from, c.to); w.beat == c {
		w.beat = nil
	}
}
