package client

import (
	"time"

	kvv1 "kv/proto/kv/v1"
)

type watchConfig struct {
	from      uint64
	prev      bool
	keysOnly  bool
	noPuts    bool
	noDeletes bool
	stale     bool
	progress  time.Duration
	at        string
}

// WatchOption changes what Watch and WatchKey deliver.
type WatchOption func(*watchConfig)

// FromRevision begins with a revision, which may be one that is yet to come; 0, the
// default, begins with the next. One that is no longer kept gives ErrCompacted.
func FromRevision(revision uint64) WatchOption {
	return func(w *watchConfig) { w.from = revision }
}

// WatchPrev adds to each change the key as it was before.
func WatchPrev() WatchOption { return func(w *watchConfig) { w.prev = true } }

// WatchKeysOnly leaves the values out.
func WatchKeysOnly() WatchOption { return func(w *watchConfig) { w.keysOnly = true } }

// WithoutPuts leaves out the changes that put a key.
func WithoutPuts() WatchOption { return func(w *watchConfig) { w.noPuts = true } }

// WithoutDeletes leaves out the changes that delete a key.
func WithoutDeletes() WatchOption { return func(w *watchConfig) { w.noDeletes = true } }

// Progress also yields Changes without a change when there was none for about d, so
// that the receiver knows how far the watch has come; at least 100 ms. 0, the
// default, yields none.
func Progress(d time.Duration) WatchOption { return func(w *watchConfig) { w.progress = d } }

// WatchStale begins after what the asked member happens to have applied, without
// asking the leader. It works without a leader. It does not matter together with
// FromRevision.
func WatchStale() WatchOption { return func(w *watchConfig) { w.stale = true } }

// WatchAt watches at one particular member, by name or client address HOST:PORT,
// and no other; "" lets the client choose. One that cannot be reached at first is
// an error at once; later the watch waits for it.
func WatchAt(member string) WatchOption { return func(w *watchConfig) { w.at = member } }

func watchOptions(opts []WatchOption) watchConfig {
	var w watchConfig
	for _, o := range opts {
		o(&w)
	}
	return w
}

// fill completes a request for everything but its first revision.
func (w watchConfig) fill(req *kvv1.WatchRequest, pulse time.Duration) {
	req.Prev, req.KeysOnly, req.NoPuts, req.NoDeletes = w.prev, w.keysOnly, w.noPuts, w.noDeletes
	req.ProgressMs = uint64(pulse.Milliseconds())
	req.Consistency = consistency(w.stale)
}
