package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// pages is an answer that comes as a stream of pages of type P. It is for one
// goroutine, but for close.
type pages[P any] struct {
	address string
	stream  grpc.ServerStreamingClient[P]
	page    *P            // the one to be yielded next; nil after the last
	timeout time.Duration // for one page; 0 if the caller's context has a deadline
	used    bool
	// close ends the stream. It may be called at any time and repeatedly.
	close func()
}

// end is close, for pages that may be nil.
func (p *pages[P]) end() {
	if p != nil {
		p.close()
	}
}

// opener opens a stream of pages on one connection.
type opener[P any] func(ctx context.Context, cc grpc.ClientConnInterface) (grpc.ServerStreamingClient[P], error)

// askPages makes the call k with open in place of do, and returns once the first
// page is there.
func askPages[P any](ctx context.Context, c *Client, k call, open opener[P]) (*pages[P], error) {
	var p *pages[P]
	k.do = func(attempt context.Context, cc *conn) (*kvv1.Header, error) {
		p.end()
		var err error
		if p, err = openPages(ctx, attempt, c, cc, open); err != nil {
			return nil, err
		}
		return headerIn(p.page), nil
	}
	if err := c.run(ctx, k); err != nil {
		p.end() // that of an attempt at a stranger
		return nil, err
	}
	return p, nil
}

// headerIn returns the header of any message that has one.
func headerIn(message any) *kvv1.Header {
	if m, ok := message.(interface{ GetHeader() *kvv1.Header }); ok {
		return m.GetHeader()
	}
	return nil
}

// openPages opens a stream that lives under ctx; until its first page is there it
// also ends with the attempt.
func openPages[P any](ctx, attempt context.Context, c *Client, cc *conn, open opener[P]) (_ *pages[P], err error) {
	if md, ok := metadata.FromOutgoingContext(attempt); ok {
		ctx = metadata.NewOutgoingContext(ctx, md)
	}
	ctx, cancel := context.WithCancel(kverr.SentMarkOf(attempt).In(ctx))
	c.pool.hold(cc)
	p := &pages[P]{address: cc.address, close: sync.OnceFunc(func() { cancel(); c.pool.release(cc) })}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	stop := context.AfterFunc(attempt, cancel)
	defer stop()
	if p.stream, err = open(ctx, cc.grpc); err != nil {
		return nil, first(attempt.Err(), err)
	}
	if p.page, err = p.stream.Recv(); errors.Is(err, io.EOF) {
		return nil, ErrInternal.Withf("the answer of %s ended without a page", cc.address)
	} else if err != nil {
		return nil, first(attempt.Err(), err)
	}
	if !stop() {
		return nil, first(attempt.Err(), context.Canceled)
	}
	if _, ok := ctx.Deadline(); !ok {
		p.timeout = c.cfg.timeout
	}
	return p, nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// all yields the pages, and then an error if not all came. It can be used once;
// leaving it closes the stream.
func (p *pages[P]) all() iter.Seq2[*P, error] {
	return func(yield func(*P, error) bool) {
		defer p.close()
		if p.used {
			yield(nil, ErrInvalid.Withf("an answer can be iterated once"))
			return
		}
		p.used = true
		for p.page != nil {
			if !yield(p.page, nil) {
				return
			}
			if err := p.turn(); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// turn reads the next page.
func (p *pages[P]) turn() error {
	page, late, err := p.recv(p.timeout)
	switch {
	case errors.Is(err, io.EOF):
		p.page = nil
		return nil
	case err != nil && late:
		return notDone(ErrTimeout.Withf("the next page did not come in time"))
	case err != nil:
		return judge(err, true, true, sight{})
	}
	p.page = page
	return nil
}

// recv waits for a page. If it does not come within d, 0 meaning for ever, the
// stream is closed and late is true.
func (p *pages[P]) recv(d time.Duration) (page *P, late bool, err error) {
	if d == 0 {
		page, err = p.stream.Recv()
		return page, false, err
	}
	t := time.AfterFunc(d, p.close)
	page, err = p.stream.Recv()
	return page, !t.Stop(), err
}
