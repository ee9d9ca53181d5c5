//go:build !planted

package planted

// No bug is planted in this build.
const (
	UnconfirmedReads     = false
	EarlyAcknowledgement = false
	ForgottenVote        = false
	LostSessions         = false
	OneCondition         = false
)
