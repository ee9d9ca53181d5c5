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
	// ErrTransferring, ErrOverloaded, ErrStopping, ErrWaiting, ErrRemoved; with an
	// unknown outcome ErrLostLeadership, ErrLostConnection, ErrShutdown, ErrTimeout.
	Put(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error)
	// Get reads a key. Errors: ErrNoLeader, ErrNoQuorum, ErrStopping, ErrWaiting,
	// ErrRemoved, ErrTimeout.
	Get(ctx context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error)
	// Delete removes a key. Errors: those of Put.
	Delete(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error)
	// List calls send for each page in order, at least once, and returns at the
	// first error of send, with that error. Other errors: those of Get.
	List(ctx context.Context, req *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error

	// Status tells about this member at once, also without a leader.
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
	// Invite tells this node, if it waits, to join a cluster. Errors:
	// ErrAlreadyMember, ErrInvalid, ErrNodeUnreachable, ErrNameTaken.
	Invite(ctx context.Context, req *kvv1.InviteRequest) (*kvv1.InviteResponse, error)
}
