package kverr

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
)

// Where the cluster cannot serve at the moment. Nothing was done, and the same
// request may succeed later or at another member.
var (
	// ErrNotLeader: the member does not lead; the hint says who does.
	ErrNotLeader = entry("NOT_LEADER", codes.Unavailable, NotDone,
		"not the leader")
	// ErrNoLeader: the member knows of no leader.
	ErrNoLeader = entry("NO_LEADER", codes.Unavailable, NotDone,
		"no leader: an election is under way or a majority of the voters is out of reach; try again, or look at `members`")
	// ErrNoQuorum: the leader could not reach a majority for a read.
	ErrNoQuorum = entry("NO_QUORUM", codes.Unavailable, NotDone,
		"no quorum: the leader cannot reach a majority of the voters; look at `members`, or read with -stale")
	// ErrTransferring: leadership is being handed over.
	ErrTransferring = entry("TRANSFERRING", codes.Unavailable, NotDone,
		"leadership is being transferred; try again")
	// ErrStopping: the member is shutting down and took no more requests.
	ErrStopping = entry("STOPPING", codes.Unavailable, NotDone,
		"the member is stopping; ask another member")
	// ErrOverloaded: the member has as much waiting as it can bear.
	ErrOverloaded = entry("OVERLOADED", codes.ResourceExhausted, NotDone,
		"too many requests are waiting; slow down and try again")
	// ErrQuota: the store holds as many bytes as it may.
	ErrQuota = entry("QUOTA", codes.ResourceExhausted, NotDone,
		"the store is full: keys and values have reached the quota; delete some, or raise -quota-bytes")
	// ErrUnreachable: the request was never sent, since no connection was had.
	ErrUnreachable = entry("UNREACHABLE", codes.Unavailable, NotDone,
		"cannot reach any member")
	// ErrNodeUnreachable: a member could not reach the node a request is about.
	ErrNodeUnreachable = entry("NODE_UNREACHABLE", codes.FailedPrecondition, NotDone,
		"the node cannot be reached; is it running, and is the address its client address?")
)

// Where the member or the cluster is not what the caller takes it for.
var (
	// ErrWaiting: the node belongs to no cluster yet.
	ErrWaiting = entry("WAITING", codes.FailedPrecondition, NotDone,
		"this node belongs to no cluster yet; add it with `join ADDRESS` on a member")
	// ErrRemoved: the member was removed from its cluster.
	ErrRemoved = entry("REMOVED", codes.FailedPrecondition, NotDone,
		"this member was removed from its cluster")
	// ErrUpgrading: a member runs a program that does not know the request.
	ErrUpgrading = entry("UPGRADING", codes.FailedPrecondition, NotDone,
		"a member of the cluster runs an older version of kv that does not know this request; upgrade all members first")
	// ErrClusterMismatch: the two sides belong to different clusters.
	ErrClusterMismatch = entry("CLUSTER_MISMATCH", codes.FailedPrecondition, NotDone,
		"the node belongs to another cluster")
	// ErrWrongReceiver: the call was meant for another node than the one at the address.
	ErrWrongReceiver = entry("WRONG_RECEIVER", codes.FailedPrecondition, NotDone,
		"another node answers at this address")
	// ErrNotKV: what listens at the address is no kv node.
	ErrNotKV = entry("NOT_KV", codes.FailedPrecondition, NotDone,
		"what listens there is not a kv node's client port; check the address")
	// ErrAlreadyMember: an invited node belongs to a cluster already.
	ErrAlreadyMember = entry("ALREADY_MEMBER", codes.AlreadyExists, NotDone,
		"the node belongs to a cluster already")
)

// Where the request itself cannot be met.
var (
	// ErrEmptyKey: the key has no bytes.
	ErrEmptyKey = entry("EMPTY_KEY", codes.InvalidArgument, NotDone,
		"the key is empty")
	// ErrKeyTooLarge: the key is longer than the member's limit.
	ErrKeyTooLarge = entry("KEY_TOO_LARGE", codes.InvalidArgument, NotDone,
		"the key is too large")
	// ErrValueTooLarge: the value is longer than the member's limit.
	ErrValueTooLarge = entry("VALUE_TOO_LARGE", codes.InvalidArgument, NotDone,
		"the value is too large")
	// ErrInvalid: any other argument out of range.
	ErrInvalid = entry("INVALID", codes.InvalidArgument, NotDone,
		"invalid argument")
	// ErrResultTooLarge: what a transaction would read does not fit into an answer.
	ErrResultTooLarge = entry("RESULT_TOO_LARGE", codes.InvalidArgument, NotDone,
		"what the transaction reads does not fit into one answer; read fewer keys, or set limits")
	// ErrConflict: the key is at another revision than the condition says.
	ErrConflict = entry("CONFLICT", codes.FailedPrecondition, NotDone,
		"the key is at another revision than the condition says; read it and decide again")
	// ErrCompacted: the revision lies before the history that is kept.
	ErrCompacted = entry("COMPACTED", codes.OutOfRange, NotDone,
		"the revision is compacted")
	// ErrFutureRevision: the revision has not been made yet.
	ErrFutureRevision = entry("FUTURE_REVISION", codes.OutOfRange, NotDone,
		"the store has not come to that revision yet")
	// ErrLeaseNotFound: no lease has that id; it may have run out.
	ErrLeaseNotFound = entry("LEASE_NOT_FOUND", codes.NotFound, NotDone,
		"no such lease: it was never granted, was revoked, or has run out")
	// ErrTooManyLeases: no more leases fit into the store.
	ErrTooManyLeases = entry("TOO_MANY_LEASES", codes.ResourceExhausted, NotDone,
		"the store holds as many leases as it can; revoke some")
	// ErrSessionUnknown: the store does not know the session of a stamped write,
	// and it may be one that was forgotten.
	ErrSessionUnknown = entry("SESSION_UNKNOWN", codes.FailedPrecondition, NotDone,
		"the store does not remember the client's session; open a new one")
	// ErrSequence: a stamped write whose result was given up already, or one too
	// far ahead of the oldest whose result was not.
	ErrSequence = entry("SEQUENCE", codes.FailedPrecondition, NotDone,
		"the write's number is not one that its session may use now")
	// ErrMemberNotFound: no member has that name.
	ErrMemberNotFound = entry("MEMBER_NOT_FOUND", codes.NotFound, NotDone,
		"no such member; `members` lists them")
	// ErrNameTaken: another data folder holds the name, as after a wiped disk.
	ErrNameTaken = entry("NAME_TAKEN", codes.AlreadyExists, NotDone,
		"a member of that name exists with another data folder")
	// ErrAddressTaken: another member has the address.
	ErrAddressTaken = entry("ADDRESS_TAKEN", codes.AlreadyExists, NotDone,
		"another member has that address")
	// ErrNotVoter: the member cannot lead, being a learner.
	ErrNotVoter = entry("NOT_VOTER", codes.FailedPrecondition, NotDone,
		"the member is a learner and cannot lead yet; wait until it is promoted")
	// ErrNothingNew: the member has applied nothing since its newest snapshot.
	ErrNothingNew = entry("NOTHING_NEW", codes.FailedPrecondition, NotDone,
		"nothing has been applied since the newest snapshot; that one has it all")
	// ErrUnsafeRemoval: the cluster would have no voter, or no quorum.
	ErrUnsafeRemoval = entry("UNSAFE_REMOVAL", codes.FailedPrecondition, NotDone,
		"removing the member would leave the cluster without a working majority")
)

// Where nobody can say how the request ended.
var (
	// ErrLostLeadership: the member lost leadership before a write was committed;
	// the next leader may or may not have it.
	ErrLostLeadership = entry("LOST_LEADERSHIP", codes.Unknown, Unknown,
		"outcome unknown: the leader lost its office before the write was committed; read the key to see")
	// ErrLostConnection: the connection broke after the request was sent.
	ErrLostConnection = entry("LOST_CONNECTION", codes.Unknown, Unknown,
		"outcome unknown: the connection broke after the request was sent; read the key to see")
	// ErrShutdown: the member stopped while the request was under way.
	ErrShutdown = entry("SHUTDOWN", codes.Unknown, Unknown,
		"outcome unknown: the member stopped while the request was under way; read the key to see")
	// ErrTimeout: the deadline passed.
	ErrTimeout = entry("TIMEOUT", codes.DeadlineExceeded, Unknown,
		"the deadline passed before an answer came; a write may or may not have been done")
	// ErrCanceled: the caller gave up.
	ErrCanceled = entry("CANCELED", codes.Canceled, Unknown,
		"canceled before an answer came; a write may or may not have been done")
	// ErrInternal: a fault of the program or of the disk; the member's log tells more.
	ErrInternal = entry("INTERNAL", codes.Internal, Unknown,
		"internal error")
)

// dictionary maps each reason to its entry. It is filled while the package's
// variables are made and only read afterwards.
var dictionary map[string]*Error

// Entries returns all entries, sorted by their reasons. They are not to be changed.
func Entries() []*Error {
	return slices.SortedFunc(maps.Values(dictionary), func(a, b *Error) int { return strings.Compare(a.Reason, b.Reason) })
}

func entry(reason string, code codes.Code, outcome Outcome, text string) *Error {
	e := &Error{Reason: reason, Code: code, Outcome: outcome, Text: text}
	if dictionary == nil {
		dictionary = make(map[string]*Error)
	}
	dictionary[reason] = e
	return e
}
