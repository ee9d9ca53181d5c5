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
	// ErrInvalid: a member without name or incarnation, or a cluster without id.
	ErrInvalid = errors.New("name, incarnation or id is empty")
	// ErrTooLarge: more bytes than MaxItemBytes.
	ErrTooLarge = errors.New("command is too large for the store")
)

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
