// Package rpc serves the client API over gRPC: it checks sizes, hands each
// request to a Backend, and turns the errors of the dictionary (kverr) into
// statuses. It knows neither Raft nor the node behind the Backend.
package rpc

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// Backend is what the services stand on. All methods are safe for concurrent
// use, return when ctx ends, and return errors of package kverr; any other error
// reaches the client as kverr.ErrInternal, or as ErrTimeout and ErrCanceled for
// those of a context. A request that Forwarded reports as forwarded is not passed
// on again. Requests belong to the service, answers to the Backend until it
// returns them.
type Backend interface {
	// ClusterID is the id of the member's cluster, empty while it has none.
	ClusterID() string
	// Put stores a value. Errors: ErrNoLeader, ErrNotLeader (forwarded calls),
	// ErrTransferring, ErrOverloaded, ErrStopping, ErrWaiting, ErrRemoved,
	// ErrUpgrading; ErrConflict, ErrQuota, ErrLeaseNotFound, ErrTooManyLeases; of a
	// stamp ErrSessionUnknown, ErrSequence; with an unknown outcome
	// ErrLostLeadership, ErrLostConnection, ErrShutdown, ErrTimeout.
	Put(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error)
	// Get reads a key. Errors: ErrNoLeader, ErrNoQuorum, ErrStopping, ErrWaiting,
	// ErrRemoved, ErrTimeout, ErrCompacted, ErrFutureRevision.
	Get(ctx context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error)
	// Delete removes a key or a range. Errors: those of Put.
	Delete(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error)
	// List calls send for each page in order, at least once, and returns at the
	// first error of send, with that error. Other errors: those of Get.
	List(ctx context.Context, req *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error
	// Txn carries out a transaction. Errors: those of Put but ErrConflict, and
	// ErrInvalid, ErrResultTooLarge.
	Txn(ctx context.Context, req *kvv1.TxnRequest) (*kvv1.TxnResponse, error)
	// History is List for the versions of a key.
	History(ctx context.Context, req *kvv1.HistoryRequest, send func(*kvv1.HistoryResponse) error) error
	// Revert puts a key back. Errors: those of Put, and ErrCompacted,
	// ErrFutureRevision.
	Revert(ctx context.Context, req *kvv1.RevertRequest) (*kvv1.RevertResponse, error)
	// Compact forgets history. Errors: those of Revert.
	Compact(ctx context.Context, req *kvv1.CompactRequest) (*kvv1.CompactResponse, error)
	// Watch calls send for each message until ctx ends, send fails, or the watch
	// cannot go on: ErrStopping, ErrCompacted, ErrUpgrading, and the errors of Get.
	Watch(ctx context.Context, req *kvv1.WatchRequest, send func(*kvv1.WatchResponse) error) error

	// Header tells who answers on a stream, from which state.
	Header() *kvv1.Header
	// ReadMany carries out the Gets of one message on a stream, which have one
	// consistency, from one state: it answers each Call, by an error of Get or by
	// its item, before it returns. Stale ones it answers at once.
	ReadMany(ctx context.Context, level kvv1.Consistency, calls []*Call)
	// WriteMany begins the Puts, Deletes and Txns of one message on a stream, in
	// their order. It does not wait: it calls finish, from any goroutine and as often
	// as it likes, with those that it has answered. A Call whose Take reports false
	// it lets go. What it cannot carry out so it returns; the service makes a Put,
	// Delete or Txn of each.
	WriteMany(calls []*Call, finish func([]*Call)) (rest []*Call)

	// GrantLease makes a lease. Errors: those of Put.
	GrantLease(ctx context.Context, req *kvv1.GrantLeaseRequest) (*kvv1.GrantLeaseResponse, error)
	// KeepAliveLease gives a lease its time again. Errors: those of Get, and
	// ErrLeaseNotFound.
	KeepAliveLease(ctx context.Context, req *kvv1.KeepAliveLeaseRequest) (*kvv1.KeepAliveLeaseResponse, error)
	// RevokeLease ends a lease. Errors: those of Put.
	RevokeLease(ctx context.Context, req *kvv1.RevokeLeaseRequest) (*kvv1.RevokeLeaseResponse, error)
	// ListLeases tells about leases. Errors: those of KeepAliveLease.
	ListLeases(ctx context.Context, req *kvv1.ListLeasesRequest) (*kvv1.ListLeasesResponse, error)

	// Status tells about this member, also without a leader: at once or, if asked to wait
	// for news, once there is any, or ctx ends, which is no error.
	Status(ctx context.Context, req *kvv1.StatusRequest) (*kvv1.StatusResponse, error)
	// Members lists the members. Errors: ErrWaiting, ErrRemoved, ErrStopping.
	Members(ctx context.Context, req *kvv1.MembersRequest) (*kvv1.MembersResponse, error)
	// AddMember brings in a waiting node. Errors: those of Put, and ErrInvalid,
	// ErrNodeUnreachable, ErrAlreadyMember, ErrNameTaken, ErrAddressTaken, ErrNotKV.
	AddMember(ctx context.Context, req *kvv1.AddMemberRequest) (*kvv1.AddMemberResponse, error)
	// RemoveMember takes a member out. Errors: those of Put, and
	// ErrMemberNotFound, ErrUnsafeRemoval.
	RemoveMember(ctx context.Context, req *kvv1.RemoveMemberRequest) (*kvv1.RemoveMemberResponse, error)
	// TransferLeadership hands leadership over. Errors: ErrNoLeader,
	// ErrMemberNotFound, ErrNotVoter, ErrNodeUnreachable, ErrTransferring.
	TransferLeadership(ctx context.Context, req *kvv1.TransferLeadershipRequest) (*kvv1.TransferLeadershipResponse, error)
	// Events calls send for each message in order, at least once, and returns at the
	// first error of send, with that error, after the newest event, or, if the request
	// follows, when ctx ends. Errors: ErrStopping.
	Events(ctx context.Context, req *kvv1.EventsRequest, send func(*kvv1.EventsResponse) error) error
	// LogEntries lists entries of this member's log. Errors: ErrWaiting, ErrStopping,
	// ErrInvalid.
	LogEntries(ctx context.Context, req *kvv1.LogEntriesRequest) (*kvv1.LogEntriesResponse, error)
	// Trace begins and reads a trace of this member's log entries. Errors: those of
	// LogEntries.
	Trace(ctx context.Context, req *kvv1.TraceRequest) (*kvv1.TraceResponse, error)
	// Settings tells by which rules this node works.
	Settings(ctx context.Context, req *kvv1.SettingsRequest) (*kvv1.SettingsResponse, error)
	// Invite tells this node, if it waits, to join a cluster. Errors:
	// ErrAlreadyMember, ErrInvalid, ErrNodeUnreachable, ErrNameTaken.
	Invite(ctx context.Context, req *kvv1.InviteRequest) (*kvv1.InviteResponse, error)
	// StateHash hashes the state after one entry. Errors: ErrWaiting, ErrTimeout,
	// ErrCanceled.
	StateHash(ctx context.Context, req *kvv1.StateHashRequest) (*kvv1.StateHashResponse, error)
	// Snapshot makes a snapshot of the state; one that was begun goes on after ctx.
	// Errors: ErrWaiting, ErrNothingNew, ErrStopping, ErrShutdown, ErrTimeout,
	// ErrCanceled.
	Snapshot(ctx context.Context, req *kvv1.SnapshotRequest) (*kvv1.SnapshotResponse, error)
}
