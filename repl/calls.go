package repl

import (
	"context"
	"iter"
	"time"

	"kv/client"
)

// What follows are the client's own methods, each of the client in use at that moment.

// DeleteRange implements Store.
func (s clientStore) DeleteRange(ctx context.Context, keys client.Range) (client.DeleteResult, error) {
	return s.client().DeleteRange(ctx, keys)
}

// Txn implements Store.
func (s clientStore) Txn(ctx context.Context, t client.Txn) (client.TxnResult, error) {
	return s.client().Txn(ctx, t)
}

// Revert implements Store.
func (s clientStore) Revert(ctx context.Context, key string, revision uint64) (client.RevertResult, error) {
	return s.client().Revert(ctx, key, revision)
}

// Compact implements Store.
func (s clientStore) Compact(ctx context.Context, revision uint64) (client.CompactResult, error) {
	return s.client().Compact(ctx, revision)
}

// Grant implements Store.
func (s clientStore) Grant(ctx context.Context, ttl time.Duration) (client.GrantResult, error) {
	return s.client().Grant(ctx, ttl)
}

// KeepAlive implements Store.
func (s clientStore) KeepAlive(ctx context.Context, id client.LeaseID) (client.KeepAliveResult, error) {
	return s.client().KeepAlive(ctx, id)
}

// Revoke implements Store.
func (s clientStore) Revoke(ctx context.Context, id client.LeaseID) (client.RevokeResult, error) {
	return s.client().Revoke(ctx, id)
}

// Leases implements Store.
func (s clientStore) Leases(ctx context.Context) ([]client.Lease, error) {
	return s.client().Leases(ctx)
}

// LeaseInfo implements Store.
func (s clientStore) LeaseInfo(ctx context.Context, id client.LeaseID) (client.Lease, error) {
	return s.client().LeaseInfo(ctx, id)
}

// Members implements Store.
func (s clientStore) Members(ctx context.Context) (client.Membership, error) {
	return s.client().Members(ctx)
}

// Health implements Store.
func (s clientStore) Health(ctx context.Context) (client.Health, error) {
	return s.client().Health(ctx)
}

// Changed implements Store.
func (s clientStore) Changed(ctx context.Context) error { return s.client().Changed(ctx) }

// AddMember implements Store.
func (s clientStore) AddMember(ctx context.Context, address string) (client.Member, error) {
	return s.client().AddMember(ctx, address)
}

// RemoveMember implements Store.
func (s clientStore) RemoveMember(ctx context.Context, name string) (client.Member, error) {
	return s.client().RemoveMember(ctx, name)
}

// TransferLeadership implements Store.
func (s clientStore) TransferLeadership(ctx context.Context, name string) (client.Leader, error) {
	return s.client().TransferLeadership(ctx, name)
}

// Snapshot implements Store.
func (s clientStore) Snapshot(ctx context.Context, member string, keep uint64) (client.SnapshotResult, error) {
	return s.client().Snapshot(ctx, member, keep)
}

// StateHash implements Store.
func (s clientStore) StateHash(ctx context.Context, member string, index uint64) (client.StateHash, error) {
	return s.client().StateHash(ctx, member, index)
}

// Commit implements Store.
func (s clientStore) Commit(ctx context.Context, member string) (client.Header, error) {
	return s.client().Commit(ctx, member)
}

// Events implements Store.
func (s clientStore) Events(ctx context.Context, member string, r client.EventsRequest) (iter.Seq2[client.EventPage, error], error) {
	return s.client().Events(ctx, member, r)
}

// Log implements Store.
func (s clientStore) Log(ctx context.Context, member string, r client.LogRequest) (client.Log, error) {
	return s.client().Log(ctx, member, r)
}

// Settings implements Store.
func (s clientStore) Settings(ctx context.Context, member string) (client.Settings, error) {
	return s.client().Settings(ctx, member)
}

// Trace implements Store.
func (s clientStore) Trace(ctx context.Context, member string, begin time.Duration) (client.Trace, error) {
	return s.client().Trace(ctx, member, begin)
}
