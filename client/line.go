package client

import (
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// line is one open stream with a member, which carries calls of the whole process.
// It begins with a call, and is over when the stream breaks; the next call begins
// another.
type line struct {
	conn *conn
	wake chan struct{} // of the sender; buffered by one

	mu     sync.Mutex // guards all below
	lastID uint64
	queue  []*chunk            // to be sent
	calls  map[uint64]*pending // sent, and not answered
	window window
	clock  clock
	// met: the member has answered on this stream, and so knows what one is.
	met  bool
	over bool
}

// pending is a call on its way. line.mu guards it until it is done.
type pending struct {
	id     uint64
	end    time.Time
	chunk  *chunk // in which it waits; nil once it was sent
	at     int    // where in the chunk, and how many bytes
	bytes  int
	flight *flight
	// sent: the call may have left the process.
	sent bool

	key   string        // of a Get
	done  chan struct{} // buffered by one
	reply reply
	err   error
}

var (
	// errNoStream: the member does not know streams.
	errNoStream = errors.New("the member does not know streams")
	// errMoved: the stream broke before the call was sent, and another may carry it.
	errMoved = errors.New("the stream broke before the call was sent")
)

func newLine(c *conn) *line {
	l := &line{conn: c, wake: make(chan struct{}, 1), calls: make(map[uint64]*pending)}
	l.clock.timer = time.AfterFunc(time.Hour, l.expire)
	l.clock.timer.Stop()
	return l
}

// enter lets a call wait to be sent. size is of the request. It reports false if
// the line is over.
func (l *line) enter(s *span, p *pending, req proto.Message, size int) bool {
	if p.done == nil {
		p.done = make(chan struct{}, 1)
	}
	p.end, p.chunk, p.flight, p.sent, p.reply, p.err = s.end, nil, nil, false, reply{}, nil
	timeout := max(s.left(), 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.lastID++
	p.id = l.lastID
	if err := l.last().add(p, timeout, req, size); err != nil {
		p.fail(status.Error(codes.Internal, err.Error())) // as gRPC has it of a unary call
		return true
	}
	l.clock.arm(p.end)
	l.notify()
	return true
}

// last returns the chunk that is being filled. l.mu is held.
func (l *line) last() *chunk {
	if n := len(l.queue); n > 0 && len(l.queue[n-1].data) < maxChunkBytes {
		return l.queue[n-1]
	}
	k := &chunk{data: *room.Get(0)}
	l.queue = append(l.queue, k)
	return k
}

func (l *line) notify() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// await waits for the end of a call, or until its caller gives up. It reports
// whether the call may have left.
func (l *line) await(s *span, p *pending) (sent bool, err error) {
	gone := s.Done()
	if gone == nil {
		<-p.done
		return p.sent, p.err
	}
	select {
	case <-p.done:
		return p.sent, p.err
	case <-gone:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-p.done: // at the same moment
		return p.sent, p.err
	default:
	}
	if p.chunk == nil {
		l.last().cancel(p.id)
		l.notify()
	}
	l.forget(p)
	return p.sent, s.Err()
}

// forget lets go of a call, which is not sent if it was not sent yet. l.mu is held.
func (l *line) forget(p *pending) {
	if p.chunk != nil {
		p.chunk.remove(p)
	}
	delete(l.calls, p.id)
}
