package fake

import (
	"context"
	"iter"
	"slices"
	"strings"

	"kv/client"
	"kv/proto/kverr"
)

// StateHash implements the stores of the rooms. All members have the same, but for the
// one that Differs names.
func (f *Store) StateHash(ctx context.Context, member string, index uint64) (client.StateHash, error) {
	if err := f.call(ctx); err != nil {
		return client.StateHash{}, err
	}
	defer f.mu.Unlock()
	if member == f.Silent && member != "" {
		return client.StateHash{}, kverr.ErrUnreachable.Withf("cannot reach the member: %s: connection refused", member)
	}
	h := client.StateHash{Header: f.header(member), Hash: strings.Repeat("5eed", 16), Index: max(index, f.rev+10)}
	if member != "" && member == f.Differs {
		h.Hash = strings.Repeat("bad0", 16)
	}
	return h, nil
}

// Snapshot implements the stores of the rooms. All members have what was changed since
// the last snapshot of any.
func (f *Store) Snapshot(ctx context.Context, member string, keep uint64) (client.SnapshotResult, error) {
	if err := f.call(ctx); err != nil {
		return client.SnapshotResult{}, err
	}
	defer f.mu.Unlock()
	h := f.header(member)
	switch {
	case member == f.Silent && member != "":
		return client.SnapshotResult{}, kverr.ErrUnreachable.Withf("cannot reach the member: %s: connection refused", member)
	case f.snapshots[h.Member] == h.AppliedIndex:
		return client.SnapshotResult{}, kverr.ErrNothingNew.Withf("%s has applied nothing since its snapshot up to index %d; that one has it all", h.Member, h.AppliedIndex)
	case keep == 0:
		keep = h.AppliedIndex
	}
	f.snapshots[h.Member] = h.AppliedIndex
	return client.SnapshotResult{Header: h, Index: h.AppliedIndex, Term: h.Term, Size: 300, First: h.AppliedIndex - min(keep, h.AppliedIndex) + 1, Last: h.AppliedIndex}, nil
}

// Commit implements the stores of the rooms.
func (f *Store) Commit(ctx context.Context, member string) (client.Header, error) {
	if err := f.call(ctx); err != nil {
		return client.Header{}, err
	}
	defer f.mu.Unlock()
	return f.header(member), nil
}

// Confirm implements the stores of the rooms.
func (f *Store) Confirm(ctx context.Context) (client.Header, error) { return f.Commit(ctx, "") }

// Changed implements the stores of the rooms: nothing is ever new.
func (f *Store) Changed(ctx context.Context) error {
	<-ctx.Done()
	return kverr.From(ctx.Err())
}

// Copy implements the stores of the rooms. The member that Differs names lacks the
// first key.
func (f *Store) Copy(_ context.Context, member, prefix string, _ uint64) iter.Seq2[client.KeyValue, error] {
	f.mu.Lock()
	var all []client.KeyValue
	for _, kv := range f.keys {
		if strings.HasPrefix(kv.Key, prefix) {
			all = append(all, kv)
		}
	}
	f.mu.Unlock()
	slices.SortFunc(all, func(a, b client.KeyValue) int { return strings.Compare(a.Key, b.Key) })
	if member == f.Differs && len(all) > 0 {
		all = all[1:]
	}
	return each(all)
}

// Connect implements the stores of the rooms: there is nothing but this cluster.
func (f *Store) Connect(ctx context.Context, target string) (client.Health, error) {
	if target != "localhost:8081" {
		return client.Health{}, kverr.ErrUnreachable.Withf("cannot reach any member: %s: connection refused", target)
	}
	return f.Health(ctx)
}
