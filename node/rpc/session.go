package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// session is one open stream. The goroutine of its handler sends (run), another
// one receives (stream.go); the Backend finishes calls from goroutines of its own.
type session struct {
	*handler
	to   grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]
	ctx  context.Context // ends with the session
	end  context.CancelFunc
	conn net.Addr
	wake chan struct{} // of run; buffered by one
	out  *sender[kvv1.StreamResponse]
	// loose are the goroutines of calls; run waits for them.
	loose sync.WaitGroup

	mu sync.Mutex // guards all below
	// calls are under way; answered are those whose answer waits to be sent.
	calls    map[uint64]*Call
	answered []*Call
	clock    clock
	// refusing: what is received from now on is not begun. closed: nor sent.
	refusing, closed bool
}

func newSession(h *handler, to grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]) *session {
	s := &session{handler: h, to: to, conn: connection(to.Context()), wake: make(chan struct{}, 1),
		calls: make(map[uint64]*Call), clock: newClock()}
	s.out = newSender(h, to)
	s.ctx, s.end = context.WithCancel(to.Context())
	return s
}

// run sends answers until the client has closed its side and has them all, the
// member stops and has answered what it had begun (ErrStopping), or the stream
// breaks.
func (s *session) run() error {
	defer s.close()
	received := make(chan error, 1)
	go func() { received <- s.receive() }()
	stopping := s.stopping
	var end error
	for {
		select {
		case <-s.wake:
		case <-s.clock.timer.C:
			s.expire(time.Now())
		case err := <-received:
			if !errors.Is(err, io.EOF) {
				return err
			}
			s.refuse()
		case <-stopping:
			s.refuse()
			stopping, end = nil, kverr.ErrStopping
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
		if err := s.flush(); err != nil {
			return err
		}
		if s.retire() {
			return end
		}
	}
}

// refuse begins no more calls.
func (s *session) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = true
}

// retire closes a session that refuses and has nothing left to do.
func (s *session) retire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = s.refusing && len(s.calls) == 0 && len(s.answered) == 0
	return s.closed
}

// close lets go of what is under way. What the Backend still does for it is
// answered to nobody.
func (s *session) close() {
	s.mu.Lock()
	s.closed, s.refusing = true, true
	left := s.answered
	for _, c := range s.calls {
		c.giveUp()
		left = append(left, c)
	}
	clear(s.calls)
	s.answered = nil
	s.clock.timer.Stop()
	s.mu.Unlock()
	s.pressure.releaseCalls(s.conn, left)
	s.end()
	s.loose.Wait()
}

// finish takes the answers of calls. Those that nobody waits for any more it drops.
func (s *session) finish(calls []*Call) {
	s.mu.Lock()
	for _, c := range calls {
		s.answer(c)
	}
	s.mu.Unlock()
	s.notify()
}

// answer takes the answer of a call. s.mu is held.
func (s *session) answer(c *Call) {
	if id := c.Request.GetId(); s.calls[id] == c {
		delete(s.calls, id)
		s.answered = append(s.answered, c)
	}
}

func (s *session) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// cancel drops a call that its caller has given up.
func (s *session) cancel(id uint64) {
	s.mu.Lock()
	c := s.calls[id]
	delete(s.calls, id)
	if c != nil {
		c.giveUp()
	}
	s.mu.Unlock()
	if c != nil {
		s.pressure.releaseCalls(s.conn, []*Call{c})
		s.notify() // it may have been the last one
	}
}

// abort answers calls that the Backend may be about to answer, too: the answer
// goes into a copy. s.mu is held.
func (s *session) abort(c *Call, err error) {
	delete(s.calls, c.Request.GetId())
	late := &Call{Request: c.Request, bytes: c.bytes, counted: c.counted}
	late.Fail(err)
	s.answered = append(s.answered, late)
}

// flush sends the answers that are there.
func (s *session) flush() error {
	s.mu.Lock()
	calls := s.answered
	s.answered = nil
	s.mu.Unlock()
	if len(calls) == 0 {
		return nil
	}
	defer s.pressure.releaseCalls(s.conn, calls)
	header := s.backend.Header()
	for rest := calls; len(rest) > 0; {
		var m *kvv1.StreamResponse
		m, rest = pack(rest)
		m.Header = header
		if err := s.out.send(m); err != nil {
			return unread(err)
		}
	}
	return nil
}

// unread is the error of a stream whose answers are not read: what became of their
// calls the client does not know.
func unread(err error) error {
	e := *kverr.From(err)
	e.Outcome = kverr.Unknown
	return &e
}

// maxStreamMessage closes a message of answers, in bytes; one answer may be more.
const maxStreamMessage = 1 << 20

// pack makes a message of the first answers, and returns the calls of the others.
func pack(calls []*Call) (*kvv1.StreamResponse, []*Call) {
	m := &kvv1.StreamResponse{Answers: make([]*kvv1.Answer, 0, len(calls))}
	bytes := 0
	for i, c := range calls {
		if bytes >= maxStreamMessage {
			return m, calls[i:]
		}
		c.Answer.Id = c.Request.GetId()
		bytes += answerBytes(&c.Answer)
		m.Answers = append(m.Answers, &c.Answer)
	}
	return m, nil
}
