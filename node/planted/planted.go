// Package planted holds known bugs that can be planted into a member, to prove that
// chaos finds them: a check that never fails proves nothing.
//
// They exist in builds with the tag planted alone, where the environment variable
// KV_PLANTED names the ones to have, separated by commas. In any other build all of them
// are constants that are false, and the compiler leaves out what depends on them.
package planted

// The names of the bugs.
const (
	// NameUnconfirmedReads: a member answers a read from what it has, without a leader
	// that has confirmed with a majority that it still leads.
	NameUnconfirmedReads = "unconfirmed-reads"
	// NameEarlyAcknowledgement: an entry of the log counts as stored before its fsync,
	// which comes with the next write.
	NameEarlyAcknowledgement = "early-acknowledgement"
	// NameForgottenVote: a member that starts has forgotten the record of its term and
	// vote.
	NameForgottenVote = "forgotten-vote"
	// NameLostSessions: a snapshot has no table of what clients have had answered.
	NameLostSessions = "lost-sessions"
	// NameOneCondition: a transaction looks at the first of its conditions alone.
	NameOneCondition = "one-condition"
)
