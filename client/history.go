package client

import (
	"context"
	"iter"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// KeyHistory is the answer to a History, read page by page while it is iterated;
// all pages are from the one revision of the Header. It is for one goroutine, but
// for Close. It is to be iterated to its end or closed.
type KeyHistory struct {
	Header
	// Freshness is set on stale reads only.
	Freshness *Freshness
	// Oldest is the oldest revision whose changes are kept.
	Oldest uint64

	pages *pages[kvv1.HistoryResponse]
	more  bool
}

// History reads the versions of a key that are kept. It returns when the first
// page is there, and its time is bounded as List's. Options: Stale, Limit and At.
// Errors: those of Get.
func (c *Client) History(ctx context.Context, key string, opts ...ReadOption) (*KeyHistory, error) {
	o := readOptions(opts)
	at, err := c.resolve(ctx, o.at)
	if err != nil {
		return nil, err
	}
	req := &kvv1.HistoryRequest{Key: []byte(key), Limit: uint64(o.limit), Consistency: consistency(o.stale)}
	p, err := askPages(ctx, c, call{kind: read, at: at, local: o.stale}, func(ctx context.Context, cc grpc.ClientConnInterface) (grpc.ServerStreamingClient[kvv1.HistoryResponse], error) {
		return kvv1.NewKVClient(cc).History(ctx, req)
	})
	if err != nil {
		return nil, err
	}
	return &KeyHistory{Header: headerOf(p.page.GetHeader()), Freshness: freshnessOf(p.page.GetFreshness()), Oldest: p.page.GetOldestRevision(), pages: p}, nil
}

// All yields the changes, the newest first. The last may be older than Oldest: it
// is what the key was right before that revision. It can be used once; leaving it closes the
// history. An error is yielded last, with a zero Change: the changes before it are
// right but not all. The receiver owns the values.
func (h *KeyHistory) All() iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for page, err := range h.pages.all() {
			if err != nil {
				yield(Change{}, err)
				return
			}
			for _, c := range page.GetChanges() {
				if !yield(changeOf(c), nil) {
					return
				}
			}
			h.more = page.GetMore()
		}
	}
}

// More reports, after All has ended, whether Limit held versions back.
func (h *KeyHistory) More() bool { return h.more }

// Close ends the history. It may be called at any time, from any goroutine and
// repeatedly.
func (h *KeyHistory) Close() { h.pages.close() }
