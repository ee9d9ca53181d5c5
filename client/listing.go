package client

import (
	"context"
	"iter"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// Listing is the answer to a List, read page by page while it is iterated; all
// pages are from the one revision of the Header. It is for one goroutine, but for
// Close. It is to be iterated to its end or closed.
type Listing struct {
	Header
	// Freshness is set on stale reads only.
	Freshness *Freshness

	pages *pages[kvv1.ListResponse]
	more  bool
	count uint64
}

// List reads the keys that begin with prefix, in byte order unless Sorted or
// Reverse is given; "" means all keys. It returns when the first page is there. A
// ctx with a deadline bounds the whole listing, one without gives each page the
// client's timeout; what is not read on for 30 s is ended by the member, with
// ErrTimeout. Errors: those of Get, and ErrInvalid for Within together with
// a prefix.
func (c *Client) List(ctx context.Context, prefix string, opts ...ReadOption) (*Listing, error) {
	o := readOptions(opts)
	req, err := o.listRequest(prefix)
	if err != nil {
		return nil, err
	}
	at, err := c.resolve(ctx, o.at)
	if err != nil {
		return nil, err
	}
	p, err := askPages(ctx, c, call{kind: read, at: at, local: o.stale}, func(ctx context.Context, cc grpc.ClientConnInterface) (grpc.ServerStreamingClient[kvv1.ListResponse], error) {
		return kvv1.NewKVClient(cc).List(ctx, req)
	})
	if err != nil {
		return nil, err
	}
	return &Listing{Header: headerOf(p.page.GetHeader()), Freshness: freshnessOf(p.page.GetFreshness()), count: p.page.GetCount(), pages: p}, nil
}

// listRequest relies on SortBy counting from one below the message's; a test
// holds it.
func (r readConfig) listRequest(prefix string) (*kvv1.ListRequest, error) {
	req := &kvv1.ListRequest{
		Prefix:      []byte(prefix),
		Limit:       uint64(r.limit),
		KeysOnly:    r.keysOnly,
		Consistency: consistency(r.stale),
		Reverse:     r.reverse,
		CountOnly:   r.countOnly,
		Revision:    r.revision,
		SortBy:      kvv1.SortBy(r.sortBy + 1),
	}
	if r.within != nil {
		if prefix != "" {
			return nil, ErrInvalid.Withf("list the prefix %q or a range, not both", prefix)
		}
		req.Range = r.within.proto()
	}
	return req, nil
}

// All yields the keys in order. It can be used once; leaving it closes the
// listing. An error is yielded last, with a zero KeyValue: the keys before it are
// right but not all. The receiver owns the values.
func (l *Listing) All() iter.Seq2[KeyValue, error] {
	return func(yield func(KeyValue, error) bool) {
		for page, err := range l.pages.all() {
			if err != nil {
				yield(KeyValue{}, err)
				return
			}
			for _, kv := range page.GetKvs() {
				if !yield(keyValueOf(kv), nil) {
					return
				}
			}
			l.more = page.GetMore()
		}
	}
}

// Count returns how many keys there are, if CountOnly was given. It is known once
// List has returned.
func (l *Listing) Count() uint64 { return l.count }

// More reports, after All has ended, whether Limit held keys back.
func (l *Listing) More() bool { return l.more }

// Close ends the listing. It may be called at any time, from any goroutine and
// repeatedly.
func (l *Listing) Close() { l.pages.close() }
