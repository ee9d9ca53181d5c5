package rpc

import (
	"context"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// begin hands calls to the Backend.
func (s *session) begin(calls []*Call) {
	var stale, fresh, writes []*Call
	for _, c := range calls {
		switch r := c.Request.GetRequest().(type) {
		case *kvv1.Call_Get:
			if r.Get.GetConsistency() == kvv1.Consistency_CONSISTENCY_STALE {
				stale = append(stale, c)
			} else {
				fresh = append(fresh, c)
			}
		default:
			writes = append(writes, c)
		}
	}
	if len(fresh) > 0 {
		s.spawn(fresh, func() { s.read(fresh) })
	}
	if len(writes) > 0 {
		for _, c := range s.backend.WriteMany(writes, s.finish) {
			s.alone(c)
		}
	}
	if len(stale) > 0 {
		s.backend.ReadMany(s.ctx, kvv1.Consistency_CONSISTENCY_STALE, stale)
		s.finish(stale)
	}
}

// read answers linearizable Gets.
func (s *session) read(calls []*Call) {
	ctx, cancel := contextOf(s.ctx, calls)
	defer cancel()
	s.backend.ReadMany(ctx, kvv1.Consistency_CONSISTENCY_LINEARIZABLE, calls)
	s.finish(calls)
}

// alone carries out a call by itself, as if it had come without a stream.
func (s *session) alone(c *Call) {
	ctx, cancel := contextOf(s.ctx, []*Call{c})
	s.mu.Lock()
	c.cancel = cancel
	s.mu.Unlock()
	s.spawn([]*Call{c}, func() {
		defer cancel()
		if c.Take() {
			s.carryOut(ctx, c)
			s.finish([]*Call{c})
		}
	})
}

func (s *session) carryOut(ctx context.Context, c *Call) {
	var err error
	switch r := c.Request.GetRequest().(type) {
	case *kvv1.Call_Put:
		result := new(kvv1.Answer_Put)
		result.Put, err = s.backend.Put(ctx, r.Put)
		c.Answer.Result = result
	case *kvv1.Call_Delete:
		result := new(kvv1.Answer_Delete)
		result.Delete, err = s.backend.Delete(ctx, r.Delete)
		c.Answer.Result = result
	case *kvv1.Call_Txn:
		result := new(kvv1.Answer_Txn)
		result.Txn, err = s.backend.Txn(ctx, r.Txn)
		c.Answer.Result = result
	}
	if err != nil {
		c.Fail(err)
	}
}

// spawn runs do on a goroutine, unless the session is over.
func (s *session) spawn(calls []*Call, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.loose.Go(func() { s.guarded(calls, do) })
	}
}

// contextOf ends when the last of the calls does.
func contextOf(ctx context.Context, calls []*Call) (context.Context, context.CancelFunc) {
	var last time.Time
	for _, c := range calls {
		if c.deadline.IsZero() {
			return context.WithCancel(ctx)
		}
		if c.deadline.After(last) {
			last = c.deadline
		}
	}
	return context.WithDeadline(ctx, last)
}
