package repl

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"kv/client"
	"kv/proto/kverr"
)

func (f *fakeStore) Put(ctx context.Context, key string, value []byte, w Write) (r client.PutResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	if w.Prev {
		r.Prev = f.find(key)
	}
	err = f.write(func(rev uint64) (err error) {
		if err := f.unchanged(key, w); err != nil {
			return err
		}
		r.Lease, err = f.put(rev, key, value, w.Lease, w.TTL)
		return err
	})
	r.Header = f.header("")
	return r, err
}

// unchanged is the condition of a write.
func (f *fakeStore) unchanged(key string, w Write) error {
	if at := f.keys[key].ModRevision; w.IfRevision != nil && *w.IfRevision != at {
		return kverr.ErrConflict.WithRevision(at)
	}
	return nil
}

func (f *fakeStore) Delete(ctx context.Context, key string, w Write) (r client.DeleteResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	if w.Prev {
		r.Prev = f.find(key)
	}
	err = f.write(func(rev uint64) error {
		r.Deleted = f.deleteAll(rev, client.Range{From: key, To: key + "\x00"})
		return f.unchangedBefore(r, w)
	})
	r.Header = f.header("")
	return r, err
}

func (f *fakeStore) unchangedBefore(r client.DeleteResult, w Write) error {
	at := uint64(0)
	if r.Deleted > 0 {
		at = f.log[len(f.log)-1].Prev.ModRevision
	}
	if w.IfRevision != nil && *w.IfRevision != at {
		return kverr.ErrConflict.WithRevision(at)
	}
	return nil
}

func (f *fakeStore) DeleteRange(ctx context.Context, keys client.Range) (r client.DeleteResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	err = f.write(func(rev uint64) error { r.Deleted = f.deleteAll(rev, keys); return nil })
	r.Header = f.header("")
	return r, err
}

func (f *fakeStore) Get(ctx context.Context, key string, r Read) (client.GetResult, error) {
	if err := f.call(ctx); err != nil {
		return client.GetResult{}, err
	}
	defer f.mu.Unlock()
	keys, err := f.at(r.Revision)
	res := client.GetResult{Header: f.header(r.At), Freshness: f.freshness(r)}
	if kv, ok := keys[key]; ok {
		res.KV = &kv
	}
	return res, err
}

func (f *fakeStore) List(ctx context.Context, prefix string, r Read) (Listing, error) {
	if err := f.call(ctx); err != nil {
		return Listing{}, err
	}
	defer f.mu.Unlock()
	within := client.Prefix(prefix)
	if r.Within != nil {
		within = *r.Within
	}
	keys, err := f.at(r.Revision)
	if err != nil {
		return Listing{}, err
	}
	found, more, n := f.list(keys, within, r)
	l := Listing{Header: f.header(r.At), Freshness: f.freshness(r), All: each(found),
		More: func() bool { return more }, Count: func() uint64 { return n }}
	if r.Revision != 0 {
		l.Revision = r.Revision
	}
	return l, nil
}

func each[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
	}
}

func (f *fakeStore) Txn(ctx context.Context, t client.Txn) (r client.TxnResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	ops := t.Then
	r.Succeeded = !slices.ContainsFunc(t.If, func(c client.Compare) bool { return !f.holds(c) })
	if !r.Succeeded {
		ops = t.Else
	}
	err = f.write(func(rev uint64) error {
		for _, op := range ops {
			res, err := f.op(rev, op)
			if err != nil {
				return err
			}
			r.Results = append(r.Results, res)
		}
		return nil
	})
	r.Header = f.header("")
	return r, err
}

func (f *fakeStore) History(ctx context.Context, key string, r Read) (History, error) {
	if err := f.call(ctx); err != nil {
		return History{}, err
	}
	defer f.mu.Unlock()
	found := f.history(key)
	more := r.Limit > 0 && len(found) > r.Limit
	if more {
		found = found[:r.Limit]
	}
	return History{Header: f.header(r.At), Freshness: f.freshness(r), Oldest: f.oldest, All: each(found),
		More: func() bool { return more }}, nil
}

func (f *fakeStore) Revert(ctx context.Context, key string, revision uint64) (r client.RevertResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	keys, err := f.at(revision)
	if err != nil {
		return r, err
	}
	err = f.write(func(rev uint64) error {
		if kv, there := keys[key]; there {
			_, err := f.put(rev, key, kv.Value, 0, 0)
			return err
		}
		f.deleteAll(rev, client.Range{From: key, To: key + "\x00"})
		return nil
	})
	r.Header, r.KV = f.header(""), f.find(key)
	return r, err
}

func (f *fakeStore) Compact(ctx context.Context, revision uint64) (r client.CompactResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	switch {
	case revision > f.rev:
		return r, kverr.ErrFutureRevision
	case revision <= f.oldest:
		return r, kverr.ErrCompacted.WithRevision(f.oldest)
	}
	f.oldest = revision
	return client.CompactResult{Header: f.header("")}, nil
}

func (f *fakeStore) Watch(ctx context.Context, keys client.Range, w WatchRequest) (iter.Seq2[client.Changes, error], error) {
	if err := f.call(ctx); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	from := w.From
	if from == 0 {
		from = f.rev + 1
	}
	if from < f.oldest {
		return nil, kverr.ErrCompacted.WithRevision(f.oldest)
	}
	return func(yield func(client.Changes, error) bool) {
		f.watch(ctx, from, func(c client.Change) bool {
			return keys.Contains(c.KV.Key) && !(w.NoPuts && !c.Deleted) && !(w.NoDeletes && c.Deleted)
		}, w, yield)
	}, nil
}

func (f *fakeStore) watch(ctx context.Context, from uint64, match func(client.Change) bool, w WatchRequest, yield func(client.Changes, error) bool) {
	// Nothing has happened for the first while, however long that is.
	if w.Progress != 0 && !yield(client.Changes{Revision: from - 1}, nil) {
		return
	}
	for next := 0; ; {
		f.mu.Lock()
		log, rev, grown := f.log[next:], f.rev, f.grown
		next = len(f.log)
		f.mu.Unlock()
		changes := client.Changes{Revision: rev}
		for _, c := range log {
			if c.KV.ModRevision < from || !match(c) {
				continue
			}
			if !w.Prev {
				c.Prev = nil
			}
			if w.KeysOnly {
				c.KV.Value = nil
			}
			changes.Changes = append(changes.Changes, c)
		}
		if len(changes.Changes) > 0 && !yield(changes, nil) {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			yield(client.Changes{}, kverr.From(ctx.Err()))
			return
		}
	}
}

func (f *fakeStore) Grant(ctx context.Context, ttl time.Duration) (client.GrantResult, error) {
	if err := f.call(ctx); err != nil {
		return client.GrantResult{}, err
	}
	defer f.mu.Unlock()
	f.lastLease++
	f.leases[f.lastLease] = ttl
	return client.GrantResult{Header: f.header(""), ID: f.lastLease}, nil
}

func (f *fakeStore) KeepAlive(ctx context.Context, id client.LeaseID) (client.KeepAliveResult, error) {
	l, err := f.LeaseInfo(ctx, id)
	return client.KeepAliveResult{Header: f.header(""), TTL: l.TTL}, err
}

func (f *fakeStore) Revoke(ctx context.Context, id client.LeaseID) (r client.RevokeResult, err error) {
	if _, err := f.LeaseInfo(ctx, id); err != nil {
		return r, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.write(func(rev uint64) error {
		for _, key := range f.ofLease(id) {
			r.Deleted += f.deleteAll(rev, client.Range{From: key, To: key + "\x00"})
		}
		return nil
	})
	delete(f.leases, id)
	r.Header = f.header("")
	return r, err
}

func (f *fakeStore) Leases(ctx context.Context) ([]client.Lease, error) {
	if err := f.call(ctx); err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(f.leases))
	f.mu.Unlock()
	var all []client.Lease
	for _, id := range ids {
		l, err := f.LeaseInfo(ctx, id)
		if err != nil {
			return nil, err
		}
		l.Keys = nil
		all = append(all, l)
	}
	return all, nil
}

func (f *fakeStore) LeaseInfo(ctx context.Context, id client.LeaseID) (client.Lease, error) {
	if err := f.call(ctx); err != nil {
		return client.Lease{}, err
	}
	defer f.mu.Unlock()
	ttl, ok := f.leases[id]
	if !ok {
		return client.Lease{}, kverr.ErrLeaseNotFound
	}
	keys := f.ofLease(id)
	return client.Lease{ID: id, TTL: ttl, Remaining: ttl / 2, KeyCount: uint64(len(keys)), Keys: keys}, nil
}
