package fsm

import "errors"

// Why a command changed nothing. They stand in Result.Err; every member gives
// the same one for the same command, and the log goes on.
var (
	// ErrNameTaken: SetMember names a member that is in the table with another
	// incarnation, as after a wiped disk. The old one must be removed first.
	ErrNameTaken = errors.New("member name is taken by another incarnation")
	// ErrAddressTaken: SetMember gives an address that another member has.
	ErrAddressTaken = errors.New("address is taken by another member")
	// ErrMemberNotFound: RemoveMember fits no member by name and incarnation.
	ErrMemberNotFound = errors.New("no member of that name and incarnation")
	// ErrClusterSet: SetCluster differs from what the cluster is called already.
	ErrClusterSet = errors.New("cluster has another id or name already")
	// ErrInvalid: a command that makes no sense, such as a member without a name,
	// a lease without a duration, or a transaction that CheckTxn refuses.
	ErrInvalid = errors.New("the command makes no sense")
	// ErrTooLarge: more bytes than MaxItemBytes.
	ErrTooLarge = errors.New("command is too large for the store")
	// ErrQuota: the store would grow beyond its quota.
	ErrQuota = errors.New("the store would grow beyond its quota")
	// ErrResultTooLarge: a transaction reads more than an answer may hold.
	ErrResultTooLarge = errors.New("the transaction reads more than an answer may hold")
	// ErrCompacted: the revision is before the history that is kept or, for a
	// compaction, is compacted already.
	ErrCompacted = errors.New("the revision is compacted")
	// ErrFutureRevision: the store has not come to the revision yet.
	ErrFutureRevision = errors.New("the store has not come to the revision yet")
	// ErrLeaseNotFound: no lease has that id.
	ErrLeaseNotFound = errors.New("no lease has that id")
	// ErrTooManyLeases: the store holds as many leases as it can.
	ErrTooManyLeases = errors.New("the store holds as many leases as it can")
	// ErrSessionUnknown: the session of a stamp is not remembered, and may be one
	// that was forgotten: the command may have been carried out before.
	ErrSessionUnknown = errors.New("the session is not remembered")
	// ErrSequence: the result of a stamped command was acknowledged before, or its
	// session has as many results as are kept.
	ErrSequence = errors.New("the sequence cannot be used")
)

// errNumbers are what stands in a snapshot for an error of a Result: its place
// here, and 0 for none. Never renumber them.
var errNumbers = []error{
	nil, ErrNameTaken, ErrAddressTaken, ErrMemberNotFound, ErrClusterSet, ErrInvalid, ErrTooLarge,
	ErrQuota, ErrResultTooLarge, ErrCompacted, ErrFutureRevision, ErrLeaseNotFound, ErrTooManyLeases,
}

// Why a whole entry was not applied. They come in place of its []Result.
var (
	// ErrAlreadyApplied: the entry's index is not above the applied index. Its
	// effects are in the state already; its results are not known any more.
	ErrAlreadyApplied = errors.New("entry is applied already")
	// ErrStopped: the machine met an entry that it cannot apply, and applies
	// nothing more. It wraps ErrMalformed or ErrUnknownCommand.
	ErrStopped = errors.New("state machine has stopped")
	// ErrMalformed: the entry is no Batch.
	ErrMalformed = errors.New("malformed batch")
	// ErrUnknownCommand: the entry holds a command, or a field of one, that this
	// version of the program does not know. A newer member wrote it.
	ErrUnknownCommand = errors.New("unknown command; a newer version of kv wrote it")
)

// Why a snapshot was not restored. The state is as it was before.
var (
	// ErrCorruptSnapshot: the bytes are not those that were written.
	ErrCorruptSnapshot = errors.New("corrupt snapshot")
	// ErrNewerSnapshot: the snapshot has a format above the one written here.
	ErrNewerSnapshot = errors.New("snapshot was written by a newer version of kv")
)
