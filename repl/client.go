package repl

import (
	"context"
	"iter"

	"kv/client"
)

// NewStore makes a Store of a client, which stays the caller's to close.
func NewStore(c *client.Client) Store { return clientStore{c} }

// clientStore puts the client's options into its own words: a Read can be seen
// through, which a test needs and a function does not allow. What needs no such
// words is the client's own method.
type clientStore struct{ *client.Client }

var _ Store = clientStore{}

// Put implements Store.
func (s clientStore) Put(ctx context.Context, key string, value []byte, w Write) (client.PutResult, error) {
	return s.Client.Put(ctx, key, value, w.options()...)
}

// Get implements Store.
func (s clientStore) Get(ctx context.Context, key string, r Read) (client.GetResult, error) {
	return s.Client.Get(ctx, key, r.options()...)
}

// Delete implements Store.
func (s clientStore) Delete(ctx context.Context, key string, w Write) (client.DeleteResult, error) {
	return s.Client.Delete(ctx, key, w.options()...)
}

// List implements Store.
func (s clientStore) List(ctx context.Context, prefix string, r Read) (Listing, error) {
	l, err := s.Client.List(ctx, prefix, r.options()...)
	if err != nil {
		return Listing{}, err
	}
	return Listing{Header: l.Header, Freshness: l.Freshness, All: l.All(), More: l.More, Count: l.Count}, nil
}

// History implements Store.
func (s clientStore) History(ctx context.Context, key string, r Read) (History, error) {
	h, err := s.Client.History(ctx, key, r.options()...)
	if err != nil {
		return History{}, err
	}
	return History{Header: h.Header, Freshness: h.Freshness, Oldest: h.Oldest, All: h.All(), More: h.More}, nil
}

// Watch implements Store.
func (s clientStore) Watch(ctx context.Context, keys client.Range, w WatchRequest) (iter.Seq2[client.Changes, error], error) {
	watch, err := s.Client.Watch(ctx, keys, w.options()...)
	if err != nil {
		return nil, err
	}
	return watch.All(), nil
}

// Status implements Store.
func (s clientStore) Status(ctx context.Context, member string) (client.Status, error) {
	if member == "" {
		return s.Client.Status(ctx)
	}
	return s.Client.Status(ctx, member)
}

func (r Read) options() []client.ReadOption {
	options := []client.ReadOption{client.Limit(r.Limit), client.At(r.At), client.AtRevision(r.Revision), client.Sorted(r.SortBy)}
	if r.Stale {
		options = append(options, client.Stale())
	}
	if r.KeysOnly {
		options = append(options, client.KeysOnly())
	}
	if r.CountOnly {
		options = append(options, client.CountOnly())
	}
	if r.Reverse {
		options = append(options, client.Reverse())
	}
	if r.Within != nil {
		options = append(options, client.Within(*r.Within))
	}
	return options
}

func (w Write) options() []client.WriteOption {
	var options []client.WriteOption
	if w.IfRevision != nil {
		options = append(options, client.IfRevision(*w.IfRevision))
	}
	if w.Prev {
		options = append(options, client.Prev())
	}
	if w.Lease != 0 {
		options = append(options, client.WithLease(w.Lease))
	}
	if w.TTL != 0 {
		options = append(options, client.WithTTL(w.TTL))
	}
	return options
}

func (w WatchRequest) options() []client.WatchOption {
	options := []client.WatchOption{client.FromRevision(w.From), client.WatchAt(w.At)}
	if w.Prev {
		options = append(options, client.WatchPrev())
	}
	if w.KeysOnly {
		options = append(options, client.WatchKeysOnly())
	}
	if w.NoPuts {
		options = append(options, client.WithoutPuts())
	}
	if w.NoDeletes {
		options = append(options, client.WithoutDeletes())
	}
	if w.Stale {
		options = append(options, client.WatchStale())
	}
	if w.Progress != 0 {
		options = append(options, client.Progress(w.Progress))
	}
	return options
}
