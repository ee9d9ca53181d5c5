//go:build planted

package planted

import (
	"fmt"
	"os"
	"strings"
)

// The bugs that KV_PLANTED names.
var (
	chosen = choose(os.Getenv("KV_PLANTED"))

	UnconfirmedReads     = chosen[NameUnconfirmedReads]
	EarlyAcknowledgement = chosen[NameEarlyAcknowledgement]
	ForgottenVote        = chosen[NameForgottenVote]
	LostSessions         = chosen[NameLostSessions]
	OneCondition         = chosen[NameOneCondition]
)

// choose reads a list of names. One that nobody knows ends the program: a bug that is not
// planted would be found by nobody.
func choose(list string) map[string]bool {
	chosen := map[string]bool{}
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		switch name {
		case NameUnconfirmedReads, NameEarlyAcknowledgement, NameForgottenVote, NameLostSessions, NameOneCondition:
			chosen[name] = true
		default:
			fmt.Fprintf(os.Stderr, "KV_PLANTED names %q, which is no bug that can be planted\n", name)
			os.Exit(2)
		}
	}
	return chosen
}
