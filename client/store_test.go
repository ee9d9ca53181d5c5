package client_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// store is what fake members agree on: keys, leases, the changes, and the results
// of stamped writes. It knows as much of the semantics as the tests need.
type store struct {
	mu       sync.Mutex // guards what follows
	revision uint64
	keys     map[string]*kvv1.KeyValue
	log      []*kvv1.Change // all changes, in order
	news     chan struct{}  // closed at the next change
	leases   map[uint64]uint64
	granted  uint64
	results  map[[2]uint64]result
	executed int // writes that were carried out
}

type result struct {
	message proto.Message
	err     error
}

func newStore() *store {
	return &store{keys: map[string]*kvv1.KeyValue{}, news: make(chan struct{}), leases: map[uint64]uint64{}, results: map[[2]uint64]result{}}
}

// newCluster returns members that serve from one store.
func newCluster(t testing.TB, names ...string) (*store, []*member) {
	t.Helper()
	st := newStore()
	var ms []*member
	for _, n := range names {
		m := newMember(t, n)
		m.script(func(m *member) { m.store = st })
		ms = append(ms, m)
	}
	return st, ms
}

// once carries out a write, or answers it as the first time. st.mu is held by do.
func once[R proto.Message](st *store, s *kvv1.Stamp, do func() (R, error)) (R, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	at := [2]uint64{s.GetSession(), s.GetSequence()}
	if r, ok := st.results[at]; ok && s != nil {
		if r.err != nil {
			return *new(R), r.err
		}
		return r.message.(R), nil
	}
	m, err := do()
	st.executed++
	if s != nil {
		st.results[at] = result{m, kverr.ToStatus(err)}
	}
	return m, kverr.ToStatus(err)
}

// set makes a change of the next revision; nil deletes. st.mu is held.
func (st *store) set(key string, kv *kvv1.KeyValue) {
	prev := st.keys[key]
	if kv == nil {
		delete(st.keys, key)
		st.log = append(st.log, &kvv1.Change{Kind: kvv1.Change_KIND_DELETE, Kv: &kvv1.KeyValue{Key: []byte(key), ModRevision: st.revision + 1}, Prev: prev})
		return
	}
	kv.CreateRevision, kv.ModRevision, kv.Version = st.revision+1, st.revision+1, 1
	if prev != nil {
		kv.CreateRevision, kv.Version = prev.CreateRevision, prev.Version+1
	}
	st.keys[key] = kv
	st.log = append(st.log, &kvv1.Change{Kind: kvv1.Change_KIND_PUT, Kv: kv, Prev: prev})
}

// commit ends a revision. st.mu is held.
func (st *store) commit() {
	if n := len(st.log); n > 0 && st.log[n-1].Kv.ModRevision > st.revision {
		st.revision++
		close(st.news)
		st.news = make(chan struct{})
	}
}

func (st *store) header(m *member) *kvv1.Header {
	h := m.header()
	h.Revision, h.AppliedIndex = st.revision, st.revision
	return h
}

func (st *store) put(m *member, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return once(st, r.Stamp, func() (*kvv1.PutResponse, error) {
		if now := st.keys[string(r.Key)].GetModRevision(); r.IfModRevision != nil && now != *r.IfModRevision {
			return nil, kverr.ErrConflict.WithRevision(now)
		}
		st.set(string(r.Key), &kvv1.KeyValue{Key: r.Key, Value: r.Value, Lease: r.Lease})
		st.commit()
		return &kvv1.PutResponse{Header: st.header(m)}, nil
	})
}

func (st *store) get(m *member, r *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return &kvv1.GetResponse{Header: st.header(m), Kv: st.keys[string(r.Key)]}, nil
}

// agreed returns the store of a member that has one.
func (m *member) agreed() *store {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.store
}

// Delete implements kvv1.KVServer.
func (m *member) Delete(_ context.Context, r *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	return once(m.agreed(), r.Stamp, func() (*kvv1.DeleteResponse, error) {
		var n uint64
		if prev := m.agreed().keys[string(r.Key)]; prev != nil {
			m.agreed().set(string(r.Key), nil)
			n = 1
		}
		m.agreed().commit()
		return &kvv1.DeleteResponse{Header: m.agreed().header(m), Deleted: n}, nil
	})
}

// Txn implements kvv1.KVServer.
func (m *member) Txn(_ context.Context, r *kvv1.TxnRequest) (*kvv1.TxnResponse, error) {
	st := m.agreed()
	return once(st, r.Stamp, func() (*kvv1.TxnResponse, error) {
		out := &kvv1.TxnResponse{Succeeded: true}
		for _, c := range r.Compare {
			out.Succeeded = out.Succeeded && st.holds(c)
		}
		ops := r.Then
		if !out.Succeeded {
			ops = r.Otherwise
		}
		for _, op := range ops {
			if id := op.GetPut().GetLease(); id != 0 && st.leases[id] == 0 {
				return nil, kverr.ErrLeaseNotFound
			}
		}
		for _, op := range ops {
			out.Results = append(out.Results, st.carryOut(op))
		}
		st.commit()
		out.Header = st.header(m)
		return out, nil
	})
}

// holds knows the comparisons for equality of revisions, and Less.
func (st *store) holds(c *kvv1.Compare) bool {
	kv := st.keys[string(c.Key)]
	n := map[kvv1.Compare_Field]uint64{
		kvv1.Compare_FIELD_CREATE_REVISION: kv.GetCreateRevision(),
		kvv1.Compare_FIELD_MOD_REVISION:    kv.GetModRevision(),
		kvv1.Compare_FIELD_VERSION:         kv.GetVersion(),
	}[c.Field]
	if c.Relation == kvv1.Compare_RELATION_LESS {
		return n < c.Number
	}
	return n == c.Number
}

func (st *store) carryOut(op *kvv1.Op) *kvv1.OpResult {
	switch op := op.Op.(type) {
	case *kvv1.Op_Put:
		st.set(string(op.Put.Key), &kvv1.KeyValue{Key: op.Put.Key, Value: op.Put.Value, Lease: op.Put.Lease})
		return &kvv1.OpResult{Result: &kvv1.OpResult_Put{Put: &kvv1.PutResult{}}}
	case *kvv1.Op_Delete:
		st.set(string(op.Delete.Key), nil)
		return &kvv1.OpResult{Result: &kvv1.OpResult_Delete{Delete: &kvv1.DeleteResult{Deleted: 1}}}
	case *kvv1.Op_Get:
		return &kvv1.OpResult{Result: &kvv1.OpResult_Get{Get: &kvv1.GetResult{Kv: st.keys[string(op.Get.Key)]}}}
	default:
		return &kvv1.OpResult{Result: &kvv1.OpResult_List{List: &kvv1.ListResult{}}}
	}
}

func (st *store) list(m *member, r *kvv1.ListRequest, stream grpc.ServerStreamingServer[kvv1.ListResponse]) error {
	st.mu.Lock()
	page := &kvv1.ListResponse{Header: st.header(m)}
	for key, kv := range st.keys {
		if strings.HasPrefix(key, string(r.Prefix)) {
			page.Kvs = append(page.Kvs, kv)
		}
	}
	st.mu.Unlock()
	slices.SortFunc(page.Kvs, func(a, b *kvv1.KeyValue) int {
		if r.SortBy == kvv1.SortBy_SORT_BY_CREATE_REVISION {
			return cmp.Compare(a.CreateRevision, b.CreateRevision)
		}
		return strings.Compare(string(a.Key), string(b.Key))
	})
	return stream.Send(page)
}

// watch sends one revision a message.
func (st *store) watch(m *member, r *kvv1.WatchRequest, stream grpc.ServerStreamingServer[kvv1.WatchResponse]) error {
	st.mu.Lock()
	done, seen := st.revision, 0
	if r.StartRevision > 0 {
		done = r.StartRevision - 1
	}
	h := st.header(m)
	st.mu.Unlock()
	h.Revision = done
	if err := stream.Send(&kvv1.WatchResponse{Header: h}); err != nil {
		return err
	}
	for {
		st.mu.Lock()
		fresh, news := st.log[seen:], st.news
		seen = len(st.log)
		st.mu.Unlock()
		for len(fresh) > 0 {
			h := m.header()
			h.Revision = fresh[0].Kv.ModRevision
			message := &kvv1.WatchResponse{Header: h}
			for ; len(fresh) > 0 && fresh[0].Kv.ModRevision == h.Revision; fresh = fresh[1:] {
				if h.Revision > done && matches(r, fresh[0]) {
					message.Changes = append(message.Changes, fresh[0])
				}
			}
			if len(message.Changes) == 0 {
				continue
			}
			if err := stream.Send(message); err != nil {
				return err
			}
		}
		select {
		case <-news:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func matches(r *kvv1.WatchRequest, c *kvv1.Change) bool {
	key, deletion := string(c.Kv.Key), c.Kind == kvv1.Change_KIND_DELETE
	if deletion && r.NoDeletes || !deletion && r.NoPuts {
		return false
	}
	if len(r.Key) > 0 {
		return key == string(r.Key)
	}
	return key >= string(r.Range.GetFrom()) && (len(r.Range.GetTo()) == 0 || key < string(r.Range.GetTo()))
}

// end ends a lease, as when it has run out.
func (st *store) end(id uint64) uint64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.endLocked(id)
}

func (st *store) endLocked(id uint64) (deleted uint64) {
	delete(st.leases, id)
	for key, kv := range st.keys {
		if kv.Lease == id {
			st.set(key, nil)
			deleted++
		}
	}
	st.commit()
	return deleted
}

// GrantLease implements kvv1.LeasesServer.
func (m *member) GrantLease(_ context.Context, r *kvv1.GrantLeaseRequest) (*kvv1.GrantLeaseResponse, error) {
	return once(m.agreed(), r.Stamp, func() (*kvv1.GrantLeaseResponse, error) {
		m.agreed().granted++
		m.agreed().leases[m.agreed().granted] = r.TtlMs
		return &kvv1.GrantLeaseResponse{Header: m.agreed().header(m), Lease: m.agreed().granted}, nil
	})
}

// KeepAliveLease implements kvv1.LeasesServer.
func (m *member) KeepAliveLease(_ context.Context, r *kvv1.KeepAliveLeaseRequest) (*kvv1.KeepAliveLeaseResponse, error) {
	m.agreed().mu.Lock()
	defer m.agreed().mu.Unlock()
	ttl, ok := m.agreed().leases[r.Lease]
	if !ok {
		return nil, kverr.ToStatus(kverr.ErrLeaseNotFound)
	}
	return &kvv1.KeepAliveLeaseResponse{Header: m.agreed().header(m), TtlMs: ttl}, nil
}

// RevokeLease implements kvv1.LeasesServer.
func (m *member) RevokeLease(_ context.Context, r *kvv1.RevokeLeaseRequest) (*kvv1.RevokeLeaseResponse, error) {
	return once(m.agreed(), r.Stamp, func() (*kvv1.RevokeLeaseResponse, error) {
		if _, ok := m.agreed().leases[r.Lease]; !ok {
			return nil, kverr.ErrLeaseNotFound
		}
		n := m.agreed().endLocked(r.Lease)
		return &kvv1.RevokeLeaseResponse{Header: m.agreed().header(m), Deleted: n}, nil
	})
}

// ListLeases implements kvv1.LeasesServer.
func (m *member) ListLeases(_ context.Context, r *kvv1.ListLeasesRequest) (*kvv1.ListLeasesResponse, error) {
	m.agreed().mu.Lock()
	defer m.agreed().mu.Unlock()
	out := &kvv1.ListLeasesResponse{Header: m.agreed().header(m)}
	for id, ttl := range m.agreed().leases {
		if r.Lease != 0 && r.Lease != id {
			continue
		}
		l := &kvv1.LeaseStatus{Lease: id, TtlMs: ttl, RemainingMs: ttl / 2}
		for key, kv := range m.agreed().keys {
			if kv.Lease == id {
				l.KeyCount++
				if r.Lease != 0 {
					l.Keys = append(l.Keys, []byte(key))
				}
			}
		}
		slices.SortFunc(l.Keys, func(a, b []byte) int { return strings.Compare(string(a), string(b)) })
		out.Leases = append(out.Leases, l)
	}
	slices.SortFunc(out.Leases, func(a, b *kvv1.LeaseStatus) int { return cmp.Compare(a.Lease, b.Lease) })
	return out, nil
}
