package rpc

import (
	"io"
	"slices"
	"time"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// receive begins the calls of each message until the client closes its side or the
// session refuses more (io.EOF), or the stream breaks.
func (s *session) receive() error {
	for {
		m, err := s.to.Recv()
		if err != nil {
			return err
		}
		if err := s.accept(m); err != nil {
			return err
		}
	}
}

// accept begins the calls of a message. An error ends the stream.
func (s *session) accept(m *kvv1.StreamRequest) (err error) {
	calls := s.parse(m)
	if len(calls) == 0 {
		return nil
	}
	s.counts.calls(calls)
	failed, rest := s.admit(m.GetClusterId(), calls)
	if err := s.register(failed, rest); err != nil {
		return err
	}
	s.guarded(rest, func() { s.begin(rest) })
	return nil
}

// parse returns the calls of a message, and carries out its cancellations.
func (s *session) parse(m *kvv1.StreamRequest) []*Call {
	now := time.Now()
	block := make([]Call, len(m.GetCalls()))
	calls := make([]*Call, 0, len(block))
	for i, r := range m.GetCalls() {
		if _, ok := r.GetRequest().(*kvv1.Call_Cancel); ok {
			s.cancel(r.GetId())
			continue
		}
		c := &block[i]
		c.Request, c.deadline, c.bytes = r, deadlineOf(r, now), requestBytes(r)
		calls = append(calls, c)
	}
	return calls
}

// register takes in the calls of a message, or none of them. Those that have failed
// are answered.
func (s *session) register(failed, rest []*Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusing {
		s.pressure.releaseCalls(s.conn, rest)
		return io.EOF
	}
	for i, c := range slices.Concat(rest, failed) {
		id := c.Request.GetId()
		if id == 0 || s.calls[id] != nil {
			// Those that are in will be let go with the session.
			s.pressure.releaseCalls(s.conn, rest[min(i, len(rest)):])
			return badID(id)
		}
		s.calls[id] = c
		s.clock.arm(c.deadline)
	}
	for _, c := range failed {
		s.answer(c)
	}
	if len(failed) > 0 {
		s.notify()
	}
	return nil
}

// badID ends a stream on which an answer could not tell what it is to. Other calls
// may be under way, so that it is unknown how they end.
func badID(id uint64) error {
	e := *kverr.ErrInvalid.Withf("the id %d of a call is 0, or that of one which is under way", id)
	e.Outcome = kverr.Unknown
	return &e
}

// admit lets those calls fail that are meant for another cluster, wrong, or too
// many.
func (s *session) admit(cluster string, calls []*Call) (failed, rest []*Call) {
	if cluster != "" {
		if err := s.isCluster(cluster); err != nil {
			for _, c := range calls {
				c.Fail(err)
			}
			return calls, nil
		}
	}
	rest = make([]*Call, 0, len(calls))
	for _, c := range calls {
		if err := s.limits.check(c.Request); err != nil {
			c.Fail(err)
			failed = append(failed, c)
		} else {
			rest = append(rest, c)
		}
	}
	refused, rest := s.pressure.admitCalls(s.conn, rest)
	return append(failed, refused...), rest
}

// guarded runs do, which carries out calls; a panic in it is answered for those
// that have no answer yet.
func (s *session) guarded(calls []*Call, do func()) {
	defer func() {
		if p := recover(); p != nil {
			err := s.panicked(p)
			s.mu.Lock()
			for _, c := range calls {
				if s.calls[c.Request.GetId()] == c {
					s.abort(c, err)
				}
			}
			s.mu.Unlock()
			s.notify()
		}
	}()
	do()
}
