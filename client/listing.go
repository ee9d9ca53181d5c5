package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Listing is the answer to a List, read page by page while it is iterated; all
// pages are from the one revision of the Header. It is for one goroutine, but for
// Close. It is to be iterated to its end or closed.
type Listing struct {
	Header
	// Freshness is set on stale reads only.
	Freshness *Freshness

	stream  grpc.ServerStreamingClient[kvv1.ListResponse]
	page    *kvv1.ListResponse // the one to be yielded next; nil after the last
	timeout time.Duration      // for one page; 0 if the caller's context has a deadline
	more    bool
	used    bool
	close   func()
}

// List reads the keys that begin with prefix, in byte order; "" means all keys.
// It returns when the first page is there. A ctx with a deadline bounds the whole
// listing, one without gives each page the client's timeout. Errors: those of Get.
func (c *Client) List(ctx context.Context, prefix string, opts ...ReadOption) (*Listing, error) {
	o := readOptions(opts)
	at, err := c.resolve(ctx, o.at)
	if err != nil {
		return nil, err
	}
	req := &kvv1.ListRequest{Prefix: []byte(prefix), Limit: uint64(o.limit), KeysOnly: o.keysOnly, Consistency: o.consistency()}
	var l *Listing
	err = c.run(ctx, call{read: true, at: at, do: func(attempt context.Context, cc *conn) (_ *kvv1.Header, err error) {
		l, err = c.openListing(ctx, attempt, cc, req)
		if err != nil {
			return nil, err
		}
		return l.page.GetHeader(), nil
	}})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// openListing opens a stream that lives under ctx; until its first page is there
// it also ends with the attempt.
func (c *Client) openListing(ctx, attempt context.Context, cc *conn, req *kvv1.ListRequest) (_ *Listing, err error) {
	ctx, cancel := context.WithCancel(kverr.SentMarkOf(attempt).In(ctx))
	c.pool.hold(cc)
	l := &Listing{close: sync.OnceFunc(func() { cancel(); c.pool.release(cc) })}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	stop := context.AfterFunc(attempt, cancel)
	defer stop()
	if l.stream, err = kvv1.NewKVClient(cc.grpc).List(ctx, req); err != nil {
		return nil, first(attempt.Err(), err)
	}
	if l.page, err = l.stream.Recv(); errors.Is(err, io.EOF) {
		return nil, ErrInternal.Withf("the listing of %s ended without a page", cc.address)
	} else if err != nil {
		return nil, first(attempt.Err(), err)
	}
	if !stop() {
		return nil, first(attempt.Err(), context.Canceled)
	}
	if _, ok := ctx.Deadline(); !ok {
		l.timeout = c.cfg.timeout
	}
	l.Header = headerOf(l.page.GetHeader())
	l.Freshness = freshnessOf(l.page.GetFreshness())
	return l, nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// All yields the keys in order. It can be used once; leaving it closes the
// listing. An error is yielded last, with a zero KeyValue: the keys before it are
// right but not all. The receiver owns the values.
func (l *Listing) All() iter.Seq2[KeyValue, error] {
	return func(yield func(KeyValue, error) bool) {
		defer l.Close()
		if l.used {
			yield(KeyValue{}, ErrInvalid.Withf("a listing can be iterated once"))
			return
		}
		l.used = true
		for l.page != nil {
			for _, kv := range l.page.GetKvs() {
				if !yield(keyValueOf(kv), nil) {
					return
				}
			}
			l.more = l.page.GetMore()
			if err := l.turn(); err != nil {
				yield(KeyValue{}, err)
				return
			}
		}
	}
}

// turn reads the next page.
func (l *Listing) turn() error {
	var timedOut func() bool
	if l.timeout > 0 {
		t := time.AfterFunc(l.timeout, l.close)
		timedOut = func() bool { return !t.Stop() }
	} else {
		timedOut = func() bool { return false }
	}
	page, err := l.stream.Recv()
	late := timedOut()
	switch {
	case errors.Is(err, io.EOF):
		l.page = nil
		return nil
	case err != nil && late:
		return notDone(ErrTimeout.Withf("the next page did not come in time"))
	case err != nil:
		return judge(err, true, true, sight{})
	}
	l.page = page
	return nil
}

// More reports, after All has ended, whether Limit held keys back.
func (l *Listing) More() bool { return l.more }

// Close ends the listing. It may be called at any time, from any goroutine and
// repeatedly.
func (l *Listing) Close() { l.close() }
