package client

import (
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// unaryFor is how long a member that does not know streams is not asked for one
// again: it may have been upgraded by then.
const unaryFor = time.Minute

// Each of put, get, delete and txn makes one attempt at a call, on the connection's
// line or by itself. They return errors as gRPC does, or entries of the dictionary.

func (c *conn) put(s *span, req *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	p, err := c.carry(s, req)
	if err == errNoStream {
		return byItself(s, c, req, kvv1.KVClient.Put)
	}
	resp := p.result().GetPut()
	if resp != nil && resp.Header == nil {
		resp.Header = p.head()
	}
	return resp, answered(resp != nil, err)
}

func (c *conn) get(s *span, req *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	p, err := c.carry(s, req)
	if err == errNoStream {
		return byItself(s, c, req, kvv1.KVClient.Get)
	}
	resp := p.result().GetGet()
	if resp != nil && resp.Header == nil {
		resp.Header = p.head()
	}
	return resp, answered(resp != nil, err)
}

func (c *conn) delete(s *span, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	p, err := c.carry(s, req)
	if err == errNoStream {
		return byItself(s, c, req, kvv1.KVClient.Delete)
	}
	resp := p.result().GetDelete()
	if resp != nil && resp.Header == nil {
		resp.Header = p.head()
	}
	return resp, answered(resp != nil, err)
}

func (c *conn) txn(s *span, req *kvv1.TxnRequest) (*kvv1.TxnResponse, error) {
	p, err := c.carry(s, req)
	if err == errNoStream {
		return byItself(s, c, req, kvv1.KVClient.Txn)
	}
	resp := p.result().GetTxn()
	if resp != nil && resp.Header == nil {
		resp.Header = p.head()
	}
	return resp, answered(resp != nil, err)
}

// answered is the error of a call on a line, which may have the answer to another
// question.
func answered(ok bool, err error) error {
	if ok || err != nil {
		return err
	}
	return kverr.ErrInternal.Withf("the member has answered another request than was asked")
}

// carry makes a call on the connection's line, and notes whether it may have left.
// It returns errNoStream for one that has to go by itself.
func (c *conn) carry(s *span, req proto.Message) (*pending, error) {
	size := proto.Size(req)
	if size > maxChunkBytes {
		return nil, errNoStream // one that is too large breaks the stream of all
	}
	for {
		l, err := c.open()
		if err != nil {
			return nil, err
		}
		p, ok := l.enter(s, req, size)
		if !ok {
			continue
		}
		l.await(s, p)
		if errors.Is(p.err, errMoved) && s.Err() == nil {
			continue
		}
		s.sent = p.sent && p.err != errNoStream
		if p.err != nil {
			return nil, p.err
		}
		if f := p.answer.GetFailure(); f != nil {
			return nil, kverr.FromFailure(f)
		}
		return p, nil
	}
}

// result is the answer to a call; nil if there is none.
func (p *pending) result() *kvv1.Answer {
	if p == nil {
		return nil
	}
	return p.answer
}

// head is the header of an answer that has none of its own.
func (p *pending) head() *kvv1.Header {
	h := &p.own
	h.ClusterId, h.Member, h.Term, h.Leader = p.header.GetClusterId(), p.header.GetMember(), p.header.GetTerm(), p.header.GetLeader()
	h.Revision, h.AppliedIndex = p.answer.GetRevision(), p.answer.GetAppliedIndex()
	return h
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
