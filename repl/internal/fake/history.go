package fake

import (
	"context"
	"iter"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/data"
)

// History implements the stores of the rooms.
func (f *Store) History(ctx context.Context, key string, r data.Read) (data.History, error) {
	if err := f.call(ctx); err != nil {
		return data.History{}, err
	}
	defer f.mu.Unlock()
	found := f.history(key)
	more := r.Limit > 0 && len(found) > r.Limit
	if more {
		found = found[:r.Limit]
	}
	return data.History{Header: f.header(r.At), Freshness: f.freshness(r), Oldest: f.oldest, All: each(found),
		More: func() bool { return more }}, nil
}

// Revert implements the stores of the rooms.
func (f *Store) Revert(ctx context.Context, key string, revision uint64) (r client.RevertResult, err error) {
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
		f.deleteAll(rev, only(key))
		return nil
	})
	r.Header, r.KV = f.header(""), f.find(key)
	return r, err
}

// Compact implements the stores of the rooms.
func (f *Store) Compact(ctx context.Context, revision uint64) (r client.CompactResult, err error) {
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

// Watch implements the stores of the rooms.
func (f *Store) Watch(ctx context.Context, keys client.Range, w data.WatchRequest) (iter.Seq2[client.Changes, error], error) {
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

func (f *Store) watch(ctx context.Context, from uint64, match func(client.Change) bool, w data.WatchRequest, yield func(client.Changes, error) bool) {
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
