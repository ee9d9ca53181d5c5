package fake

import (
	"context"
	"maps"
	"slices"
	"time"

	"kv/client"
	"kv/proto/kverr"
)

// Grant implements the stores of the rooms.
func (f *Store) Grant(ctx context.Context, ttl time.Duration) (client.GrantResult, error) {
	if err := f.call(ctx); err != nil {
		return client.GrantResult{}, err
	}
	defer f.mu.Unlock()
	f.lastLease++
	f.leases[f.lastLease] = ttl
	return client.GrantResult{Header: f.header(""), ID: f.lastLease}, nil
}

// KeepAlive implements the stores of the rooms.
func (f *Store) KeepAlive(ctx context.Context, id client.LeaseID) (client.KeepAliveResult, error) {
	l, err := f.LeaseInfo(ctx, id)
	return client.KeepAliveResult{Header: f.header(""), TTL: l.TTL}, err
}

// Revoke implements the stores of the rooms.
func (f *Store) Revoke(ctx context.Context, id client.LeaseID) (r client.RevokeResult, err error) {
	if _, err := f.LeaseInfo(ctx, id); err != nil {
		return r, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.write(func(rev uint64) error {
		for _, key := range f.ofLease(id) {
			r.Deleted += f.deleteAll(rev, only(key))
		}
		return nil
	})
	delete(f.leases, id)
	r.Header = f.header("")
	return r, err
}

// Leases implements the stores of the rooms.
func (f *Store) Leases(ctx context.Context) ([]client.Lease, error) {
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

// LeaseInfo implements the stores of the rooms.
func (f *Store) LeaseInfo(ctx context.Context, id client.LeaseID) (client.Lease, error) {
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
