package node

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
)

// Get implements rpc.Backend. Errors: ErrNoLeader, ErrNotLeader, ErrNoQuorum,
// ErrTimeout, ErrCompacted, ErrFutureRevision; a stale read of the present fails
// only on a node that waits.
func (n *Node) Get(ctx context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	m, freshness, err := n.readable(ctx, req.GetConsistency())
	if err != nil {
		return nil, err
	}
	if req.GetRevision() != 0 {
		return m.getAt(req, freshness)
	}
	item, revision, applied := m.machine.Get(req.GetKey())
	resp := &kvv1.GetResponse{Header: m.header(revision), Freshness: freshness, Kv: item.Message(false)}
	resp.Header.AppliedIndex = applied
	return resp, nil
}

// getAt reads a key as it was at a revision.
func (m *member) getAt(req *kvv1.GetRequest, freshness *kvv1.Freshness) (*kvv1.GetResponse, error) {
	view := m.machine.View()
	defer view.Release()
	keys, err := view.Keys(req.GetRevision())
	if err != nil {
		return nil, m.fromState(err)
	}
	resp := &kvv1.GetResponse{Header: m.viewHeader(view), Freshness: freshness, Kv: keys.Get(req.GetKey()).Message(false)}
	resp.Header.Revision = req.GetRevision()
	return resp, nil
}

// readable returns the member once its state may be read at the asked level, and
// for a stale read how old that state may be.
func (n *Node) readable(ctx context.Context, level kvv1.Consistency) (*member, *kvv1.Freshness, error) {
	m, err := n.cluster()
	if err != nil {
		return nil, nil, err
	}
	if level == kvv1.Consistency_CONSISTENCY_STALE {
		return m, m.freshness(), nil
	}
	return m, nil, m.readIndex(ctx)
}

// List implements rpc.Backend, with the errors of Get and of send. All pages are of
// one state: the items are gathered first, which takes 8 bytes for each, and the view
// is let go before anything is sent. A receiver that takes its time must not hold
// what is written meanwhile in memory.
func (n *Node) List(ctx context.Context, req *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error {
	m, freshness, err := n.readable(ctx, req.GetConsistency())
	if err != nil {
		return err
	}
	l := &listing{ctx: ctx, req: req, send: send}
	if err := m.gather(l); err != nil {
		return err
	}
	l.page.Freshness = freshness
	for i := 0; i < len(l.items) && l.err == nil && l.add(l.items[i]); i++ {
	}
	if l.err != nil {
		return l.err
	}
	return send(l.page)
}

// gather looks up what is listed.
func (m *member) gather(l *listing) error {
	view := m.machine.View()
	defer view.Release()
	keys, err := view.Keys(l.req.GetRevision())
	if err != nil {
		return m.fromState(err)
	}
	l.header = m.viewHeader(view)
	l.header.Revision = firstOf(l.req.GetRevision(), l.header.Revision)
	l.page = &kvv1.ListResponse{Header: l.header}
	within := fsmRange(l.req.GetRange())
	if len(l.req.GetPrefix()) > 0 {
		within = fsm.Prefix(string(l.req.GetPrefix()))
	}
	l.gather(keys, within)
	return l.err
}

// Bounds of one page of a listing.
const (
	pageKeys  = 1000
	pageBytes = 1 << 20
)

// listing sends the keys of a range page by page.
type listing struct {
	ctx    context.Context
	req    *kvv1.ListRequest
	header *kvv1.Header
	send   func(*kvv1.ListResponse) error

	items []*fsm.Item        // the store's own
	page  *kvv1.ListResponse // the one that is being filled
	bytes int                // of its keys and values
	sent  uint64             // keys, those of the page among them
	looks uint64
	err   error
}

// gather notes the items that are to be sent, in their order, and one more if there
// are more than that.
func (l *listing) gather(keys fsm.Keys, within fsm.Range) {
	reverse, by := l.req.GetReverse(), l.req.GetSortBy()
	if l.req.GetCountOnly() {
		keys.Scan(within, false, func(*fsm.Item) bool {
			l.page.Count++
			return l.goOn()
		})
		return
	}
	ordered := by <= kvv1.SortBy_SORT_BY_KEY
	keys.Scan(within, ordered && reverse, func(item *fsm.Item) bool {
		l.items = append(l.items, item)
		enough := ordered && l.req.GetLimit() > 0 && uint64(len(l.items)) > l.req.GetLimit()
		return !enough && l.goOn()
	})
	if ordered {
		return
	}
	slices.SortFunc(l.items, orderOf(by))
	if reverse {
		slices.Reverse(l.items)
	}
}

// goOn looks now and then whether the request is still wanted.
func (l *listing) goOn() bool {
	if l.looks++; l.looks%1024 == 0 {
		l.err = l.ctx.Err()
	}
	return l.err == nil
}

// add puts an item on the page, after it has sent a page that is full.
func (l *listing) add(item *fsm.Item) bool {
	if limit := l.req.GetLimit(); limit > 0 && l.sent == limit {
		l.page.More = true
		return false
	}
	if len(l.page.Kvs) >= pageKeys || l.bytes >= pageBytes {
		if l.err = l.ctx.Err(); l.err == nil {
			l.err = l.send(l.page)
		}
		if l.err != nil {
			return false
		}
		l.page, l.bytes = &kvv1.ListResponse{Header: l.header}, 0
	}
	kv := item.Message(l.req.GetKeysOnly())
	l.page.Kvs = append(l.page.Kvs, kv)
	l.bytes += len(kv.Key) + len(kv.Value)
	l.sent++
	return l.goOn()
}

// orderOf compares items by what a listing is ordered by, and then by their keys.
func orderOf(by kvv1.SortBy) func(a, b *fsm.Item) int {
	field := map[kvv1.SortBy]func(*fsm.Item) uint64{
		kvv1.SortBy_SORT_BY_CREATE_REVISION: func(it *fsm.Item) uint64 { return it.CreateRevision() },
		kvv1.SortBy_SORT_BY_MOD_REVISION:    func(it *fsm.Item) uint64 { return it.ModRevision() },
		kvv1.SortBy_SORT_BY_VERSION:         func(it *fsm.Item) uint64 { return it.Version() },
	}[by]
	return func(a, b *fsm.Item) int {
		return cmp.Or(cmp.Compare(field(a), field(b)), strings.Compare(a.Key(), b.Key()))
	}
}

// fsmRange is a range as the state machine knows it; nil is all keys.
func fsmRange(r *kvv1.Range) fsm.Range {
	return fsm.Range{From: string(r.GetFrom()), To: string(r.GetTo())}
}
