package fake

import (
	"context"
	"iter"
	"slices"

	"kv/client"
	"kv/client/backup"
	"kv/proto/kverr"
	"kv/repl/data"
)

// Put implements the stores of the rooms.
func (f *Store) Put(ctx context.Context, key string, value []byte, w data.Write) (r client.PutResult, err error) {
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
	r.Header = f.header(w.At)
	return r, err
}

// unchanged is the condition of a write.
func (f *Store) unchanged(key string, w data.Write) error {
	if at := f.keys[key].ModRevision; w.IfRevision != nil && *w.IfRevision != at {
		return kverr.ErrConflict.WithRevision(at)
	}
	return nil
}

// Delete implements the stores of the rooms.
func (f *Store) Delete(ctx context.Context, key string, w data.Write) (r client.DeleteResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	if w.Prev {
		r.Prev = f.find(key)
	}
	err = f.write(func(rev uint64) error {
		r.Deleted = f.deleteAll(rev, only(key))
		return f.unchangedBefore(r, w)
	})
	r.Header = f.header("")
	return r, err
}

func (f *Store) unchangedBefore(r client.DeleteResult, w data.Write) error {
	at := uint64(0)
	if r.Deleted > 0 {
		at = f.log[len(f.log)-1].Prev.ModRevision
	}
	if w.IfRevision != nil && *w.IfRevision != at {
		return kverr.ErrConflict.WithRevision(at)
	}
	return nil
}

// DeleteRange implements the stores of the rooms.
func (f *Store) DeleteRange(ctx context.Context, keys client.Range) (r client.DeleteResult, err error) {
	if err := f.call(ctx); err != nil {
		return r, err
	}
	defer f.mu.Unlock()
	err = f.write(func(rev uint64) error { r.Deleted = f.deleteAll(rev, keys); return nil })
	r.Header = f.header("")
	return r, err
}

// Get implements the stores of the rooms.
func (f *Store) Get(ctx context.Context, key string, r data.Read) (client.GetResult, error) {
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

// List implements the stores of the rooms.
func (f *Store) List(ctx context.Context, prefix string, r data.Read) (data.Listing, error) {
	if err := f.call(ctx); err != nil {
		return data.Listing{}, err
	}
	defer f.mu.Unlock()
	within := client.Prefix(prefix)
	if r.Within != nil {
		within = *r.Within
	}
	keys, err := f.at(r.Revision)
	if err != nil {
		return data.Listing{}, err
	}
	found, more, n := f.list(keys, within, r)
	l := data.Listing{Header: f.header(r.At), Freshness: f.freshness(r), All: each(found),
		More: func() bool { return more }, Count: func() uint64 { return n }}
	if r.Revision != 0 {
		l.Revision = r.Revision
	}
	return l, nil
}

// Scan implements the stores of the rooms.
func (f *Store) Scan(ctx context.Context, keys client.Range, r backup.Read) (client.Header, iter.Seq2[client.KeyValue, error], error) {
	l, err := f.List(ctx, "", data.Read{Within: &keys, Revision: r.Revision, Stale: r.Stale, At: r.At})
	return l.Header, l.All, err
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

// Txn implements the stores of the rooms.
func (f *Store) Txn(ctx context.Context, t client.Txn) (r client.TxnResult, err error) {
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
