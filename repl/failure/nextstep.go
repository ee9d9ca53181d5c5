package failure

import (
	"errors"
	"strings"

	"kv/proto/kverr"
)

// nextSteps say what to do where the text of an error does not. An error that came with
// particulars says it by itself, behind a semicolon or a colon.
var nextSteps = []struct {
	entry *kverr.Error
	step  string
}{
	{kverr.ErrNotLeader, "try again: the members may be about to elect another one"},
	{kverr.ErrUnreachable, "is a node running there? -addr and KV_ADDR say where to look"},
	{kverr.ErrRemoved, "ask another member; `members` lists them"},
	{kverr.ErrClusterMismatch, "-addr must name members of one cluster; a node joins another one with an empty DATA_DIR"},
	{kverr.ErrWrongReceiver, "`members` tells who has which address"},
	{kverr.ErrAlreadyMember, "`status HOST:PORT` tells of which; it joins another one with an empty DATA_DIR"},
	{kverr.ErrEmptyKey, "a key has one byte at least; '' is only good for `list` and with -prefix"},
	{kverr.ErrKeyTooLarge, "a shorter key will do, and the value can hold the rest"},
	{kverr.ErrValueTooLarge, "write it in parts, under several keys, in one transaction if they belong together"},
	{kverr.ErrSequence, "give the command again: it gets another number"},
	{kverr.ErrNameTaken, "choose another NODE_ID, or `remove` the member that is gone for good"},
	{kverr.ErrAddressTaken, "`members` tells whose it is"},
	{kverr.ErrUnsafeRemoval, "`members` tells who is out of reach: bring one of them back first"},
	{kverr.ErrCompacted, "newer revisions can be read"},
	{kverr.ErrInternal, "the member's log tells more"},
	{kverr.ErrLostConnection, "try again; `members` tells who is out of reach"},
	{kverr.ErrShutdown, "try again: another member will answer"},
}

// nextStep returns what to do about e, "" if its text says it or nobody knows.
func nextStep(e *kverr.Error) string {
	if strings.ContainsAny(what(e), "`;") {
		return ""
	}
	for _, n := range nextSteps {
		if errors.Is(e, n.entry) {
			return n.step
		}
	}
	return ""
}
