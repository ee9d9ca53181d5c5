package client

import (
	"context"
	"sync"
	"time"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

const (
	// newsWait is how long a member is asked to wait for news in one request.
	newsWait = 20 * time.Second
	// newsGrace is how much later its answer may come.
	newsGrace = 3 * time.Second
	// newsPause is the pause before a member is asked again that cannot be reached, or
	// does not know how to wait.
	newsPause = time.Second
)

// news is what Changed has seen of the members.
type news struct {
	mu   sync.Mutex
	seen map[string]string // guarded by mu; by address, lost for one that does not answer
}

// lost is the outlook of a member that does not answer.
const lost = "\x00"

// Changed returns nil once the health of the cluster may be another than when it
// returned last; the first call returns as soon as a member has answered, or failed to.
// It does not look now and then: each member tells of what changes. Errors: ErrTimeout
// and ErrCanceled when ctx ends. One goroutine at a time should use it.
func (c *Client) Changed(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	addresses := c.table.order()
	heard := make(chan struct{}, len(addresses))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for _, a := range addresses {
		wg.Go(func() {
			if c.awaitNews(ctx, a) {
				heard <- struct{}{}
			}
		})
	}
	members := time.NewTicker(newsPause)
	defer members.Stop()
	for {
		select {
		case <-heard:
			return nil
		case <-members.C:
			if len(missing(c.table.order(), addresses)) > 0 {
				return nil // there are more members than are being asked
			}
		case <-ctx.Done():
			return kverr.From(context.Cause(ctx))
		case <-c.base.Done():
			return errClosed()
		}
	}
}

// awaitNews returns true once the member at an address says something new, false when
// ctx ends.
func (c *Client) awaitNews(ctx context.Context, address string) bool {
	for ctx.Err() == nil {
		before := c.news.of(address)
		now, err := c.askNews(ctx, address, before)
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil:
			now = lost
		}
		if c.news.note(address, now) {
			return true
		}
		if now != lost && now != "" {
			continue // it has waited for long, and nothing has happened
		}
		if c.rest(ctx, newsPause, nil) != nil {
			return false
		}
		if now == "" {
			return true // an older program: it may be otherwise now
		}
	}
	return false
}

func (c *Client) askNews(ctx context.Context, address, seen string) (string, error) {
	wait := newsWait
	if seen == "" || seen == lost {
		wait = time.Millisecond // it is there, whatever it says
	}
	var resp *kvv1.StatusResponse
	e := c.attempt(ctx, address, &call{kind: read, at: address, local: true, quiet: true, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		req := &kvv1.StatusRequest{WaitMs: uint64(wait.Milliseconds()), Seen: seen}
		resp, err = kvv1.NewClusterClient(cc.grpc).Status(ctx, req)
		return resp.GetHeader(), err
	}}, time.Now().Add(wait+newsGrace))
	if e != nil {
		return "", e
	}
	return resp.GetOutlook(), nil
}

// of returns what was seen of a member, "" for nothing.
func (n *news) of(address string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seen[address]
}

// note keeps what is seen of a member now and reports whether that is new.
func (n *news) note(address, now string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, known := n.seen[address]
	if n.seen == nil {
		n.seen = make(map[string]string)
	}
	n.seen[address] = now
	return !known || before != now
}
