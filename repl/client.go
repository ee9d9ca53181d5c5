package repl

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"

	"kv/client"
	"kv/client/backup"
	"kv/repl/data"
)

// NewStore makes a Store of a client, which stays the caller's to close. It cannot be
// connected to another cluster.
func NewStore(c *client.Client) Store { return NewSwitch(c, nil) }

// NewSwitch makes a Store whose `connect` command goes to another cluster by a client
// that dial makes. A client that was replaced is closed; all of them are the caller's
// to close in the end, which may be done twice.
func NewSwitch(c *client.Client, dial func(target string, options ...client.Option) (*client.Client, error)) Store {
	s := clientStore{new(atomic.Pointer[client.Client]), dial}
	s.at.Store(c)
	return s
}

// clientStore puts the client's options into its own words: a Read can be seen
// through, which a test needs and a function does not allow. The client may be replaced
// under it while others use it, so that all of its methods are written out.
type clientStore struct {
	at   *atomic.Pointer[client.Client]
	dial func(target string, options ...client.Option) (*client.Client, error) // nil if there is nowhere else to go
}

var _ Store = clientStore{}

// client is the one in use.
func (s clientStore) client() *client.Client { return s.at.Load() }

// again opens one more client of the cluster in use.
func (s clientStore) again(options ...client.Option) (*client.Client, error) {
	if s.dial == nil {
		return client.Dial(s.client().Addresses(), options...)
	}
	return s.dial(strings.Join(s.client().Addresses(), ","), options...)
}

// Connect implements Store.
func (s clientStore) Connect(ctx context.Context, target string) (client.Health, error) {
	if s.dial == nil {
		return client.Health{}, client.ErrInvalid.Withf("this shell is its playground's; open another with `kv repl %s`", target)
	}
	c, err := s.dial(target)
	if err != nil {
		return client.Health{}, err
	}
	h, err := c.Health(ctx)
	if err != nil {
		_ = c.Close() // only says that it was closed before
		return client.Health{}, err
	}
	_ = s.at.Swap(c).Close()
	return h, nil
}

// Put implements Store.
func (s clientStore) Put(ctx context.Context, key string, value []byte, w data.Write) (client.PutResult, error) {
	return s.client().Put(ctx, key, value, writeOptions(w)...)
}

// Get implements Store.
func (s clientStore) Get(ctx context.Context, key string, r data.Read) (client.GetResult, error) {
	return s.client().Get(ctx, key, readOptions(r)...)
}

// Delete implements Store.
func (s clientStore) Delete(ctx context.Context, key string, w data.Write) (client.DeleteResult, error) {
	return s.client().Delete(ctx, key, writeOptions(w)...)
}

// List implements Store.
func (s clientStore) List(ctx context.Context, prefix string, r data.Read) (data.Listing, error) {
	l, err := s.client().List(ctx, prefix, readOptions(r)...)
	if err != nil {
		return data.Listing{}, err
	}
	return data.Listing{Header: l.Header, Freshness: l.Freshness, All: l.All(), More: l.More, Count: l.Count}, nil
}

// History implements Store.
func (s clientStore) History(ctx context.Context, key string, r data.Read) (data.History, error) {
	h, err := s.client().History(ctx, key, readOptions(r)...)
	if err != nil {
		return data.History{}, err
	}
	return data.History{Header: h.Header, Freshness: h.Freshness, Oldest: h.Oldest, All: h.All(), More: h.More}, nil
}

// Watch implements Store.
func (s clientStore) Watch(ctx context.Context, keys client.Range, w data.WatchRequest) (iter.Seq2[client.Changes, error], error) {
	watch, err := s.client().Watch(ctx, keys, watchOptions(w)...)
	if err != nil {
		return nil, err
	}
	return watch.All(), nil
}

// PutTraced implements Store.
func (s clientStore) PutTraced(ctx context.Context, key string, value []byte) (client.Header, error) {
	r, err := s.client().Put(ctx, key, value)
	return r.Header, err
}

// DeleteTraced implements Store.
func (s clientStore) DeleteTraced(ctx context.Context, key string) (client.Header, error) {
	r, err := s.client().Delete(ctx, key)
	return r.Header, err
}

// Status implements Store.
func (s clientStore) Status(ctx context.Context, member string) (client.Status, error) {
	if member == "" {
		return s.client().Status(ctx)
	}
	return s.client().Status(ctx, member)
}

// confirmKey is the key of the read that Confirm makes; it need not be there.
const confirmKey = "probe"

// Confirm implements Store.
func (s clientStore) Confirm(ctx context.Context) (client.Header, error) {
	r, err := s.client().Get(ctx, confirmKey)
	return r.Header, err
}

// Copy implements Store.
func (s clientStore) Copy(ctx context.Context, member, prefix string, revision uint64) iter.Seq2[client.KeyValue, error] {
	return func(yield func(client.KeyValue, error) bool) {
		l, err := s.client().List(ctx, prefix, client.Stale(), client.At(member), client.AtRevision(revision))
		if err != nil {
			yield(client.KeyValue{}, err)
			return
		}
		for kv, err := range l.All() {
			if !yield(kv, err) || err != nil {
				return
			}
		}
	}
}

// Scan implements Store.
func (s clientStore) Scan(ctx context.Context, keys client.Range, r backup.Read) (client.Header, iter.Seq2[client.KeyValue, error], error) {
	return backup.Of(s.client()).Scan(ctx, keys, r)
}

func readOptions(r data.Read) []client.ReadOption {
	options := []client.ReadOption{client.Limit(r.Limit), client.At(r.At), client.AtRevision(r.Revision), client.Sorted(r.SortBy)}
	options = when(options, r.Stale, client.Stale)
	options = when(options, r.KeysOnly, client.KeysOnly)
	options = when(options, r.CountOnly, client.CountOnly)
	options = when(options, r.Reverse, client.Reverse)
	return when(options, r.Within != nil, func() client.ReadOption { return client.Within(*r.Within) })
}

func writeOptions(w data.Write) []client.WriteOption {
	var options []client.WriteOption
	options = when(options, w.IfRevision != nil, func() client.WriteOption { return client.IfRevision(*w.IfRevision) })
	options = when(options, w.Prev, client.Prev)
	options = when(options, w.At != "", func() client.WriteOption { return client.Via(w.At) })
	options = when(options, w.Lease != 0, func() client.WriteOption { return client.WithLease(w.Lease) })
	return when(options, w.TTL != 0, func() client.WriteOption { return client.WithTTL(w.TTL) })
}

func watchOptions(w data.WatchRequest) []client.WatchOption {
	options := []client.WatchOption{client.FromRevision(w.From), client.WatchAt(w.At)}
	options = when(options, w.Prev, client.WatchPrev)
	options = when(options, w.KeysOnly, client.WatchKeysOnly)
	options = when(options, w.NoPuts, client.WithoutPuts)
	options = when(options, w.NoDeletes, client.WithoutDeletes)
	options = when(options, w.Stale, client.WatchStale)
	return when(options, w.Progress != 0, func() client.WatchOption { return client.Progress(w.Progress) })
}

// when adds an option if it is wanted.
func when[O any](options []O, wanted bool, option func() O) []O {
	if !wanted {
		return options
	}
	return append(options, option())
}
