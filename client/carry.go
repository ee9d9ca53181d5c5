package client

import (
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
	"kv/proto/wire"
)

// unaryFor is how long a member that does not know streams is not asked for one
// again: it may have been upgraded by then.
const unaryFor = time.Minute

// carryOut makes one attempt at an op, on the connection's line or by itself. It
// returns errors as gRPC does, or entries of the dictionary, and the header of an
// answer that the line has not told of yet.
func (c *conn) carryOut(s *span, o *op) (*kvv1.Header, error) {
	if err := o.whole.Context.Err(); err != nil {
		return nil, err // the sender might be faster than the caller's look at its context
	}
	o.restamp()
	err := c.carry(s, o)
	if err == errNoStream {
		err = c.byItself(s, o)
	}
	r := &o.pending.reply
	switch {
	case err != nil:
		return nil, err
	case r.kind == wire.AnswerFailure:
		return nil, kverr.FromFailure(r.answer.GetFailure())
	case r.kind != answerTo(o.req):
		return nil, kverr.ErrInternal.Withf("the member has answered another request than was asked")
	}
	return r.own(), nil
}

// answerTo is the kind of answer that a request has.
func answerTo(req proto.Message) int {
	switch req.(type) {
	case *kvv1.PutRequest:
		return wire.AnswerPut
	case *kvv1.GetRequest:
		return wire.AnswerGet
	case *kvv1.DeleteRequest:
		return wire.AnswerDelete
	default:
		return wire.AnswerTxn
	}
}

// carry makes a call on the connection's line, and notes whether it may have left.
// It returns errNoStream for one that has to go by itself.
func (c *conn) carry(s *span, o *op) error {
	size := sizeRequest(o.req)
	if size > maxChunkBytes {
		return errNoStream // one that is too large breaks the stream of all
	}
	for {
		l, err := c.open()
		if err != nil {
			return err
		}
		if !l.enter(s, &o.pending, o.req, size) {
			continue
		}
		sent, err := l.await(s, &o.pending)
		if err == errMoved && s.Err() == nil {
			continue
		}
		s.sent = sent && err != errNoStream
		return err
	}
}

// open returns the connection's line, which it may begin. Errors: errNoStream, and
// that the client is closed.
func (c *conn) open() (*line, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line != nil {
		return c.line, nil
	}
	if c.lines.off || time.Now().Before(c.unaryUntil) {
		return nil, errNoStream
	}
	l := newLine(c)
	if !c.lines.start(l.run) {
		return nil, errClosed()
	}
	c.line = l
	return l, nil
}

// drop makes the next call begin another line.
func (c *conn) drop(l *line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line == l {
		c.line = nil
	}
}

// unstream has calls go by themselves for a while.
func (c *conn) unstream() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unaryUntil = time.Now().Add(unaryFor)
}
