package failure

import (
	"context"
	"errors"
	"testing"

	"kv/proto/kverr"
)

// Programs are told what people are.
func TestErrorsForPrograms(t *testing.T) {
	t.Parallel()
	lost := kverr.ErrLostConnection
	for name, c := range map[string]struct {
		err  error
		want Description
	}{
		"a misuse":                 {&UsageError{Text: "put wants a KEY", Usage: "put KEY VALUE"}, Description{Error: "put wants a KEY", Next: "usage: put KEY VALUE", Code: ExitUsage}},
		"a missing key":            {ErrNotFound, Description{Error: "(not found)", Code: ExitNotFound}},
		"a write without an end":   {OfWrite(lost), Description{Error: what(lost), Reason: "LOST_CONNECTION", Outcome: "unknown", Code: ExitUnknown}},
		"a write that is not done": {OfWrite(kverr.ErrQuota), Description{Error: kverr.ErrQuota.Error(), Reason: "QUOTA", Outcome: "not done", Next: advice(kverr.ErrQuota), Code: ExitFailed}},
		"a read":                   {lost, Description{Error: what(lost), Reason: "LOST_CONNECTION", Next: nextStep(lost), Code: ExitFailed}},
		"the time is over":         {context.DeadlineExceeded, Description{Error: what(kverr.ErrTimeout), Reason: "TIMEOUT", Code: ExitFailed}},
		"a note":                   {Noted(ErrNotFound, "time %d", 2), Description{Error: "(not found)", Note: "time 2", Code: ExitNotFound}},
		"a part":                   {OfWrite(&PartError{kverr.ErrNoQuorum, "2 of 3"}), Description{Error: what(kverr.ErrNoQuorum), Reason: "NO_QUORUM", Outcome: "in part", Next: next(kverr.ErrNoQuorum, false), Note: "2 of 3", Code: ExitNoQuorum}},
		"a part and a doubt":       {OfWrite(&PartError{lost, "2 of 3"}), Description{Error: what(lost), Reason: "LOST_CONNECTION", Outcome: "in part", Next: nextStep(lost), Note: "2 of 3", Code: ExitUnknown}},
		"an expectation":           {&UnmetError{Expected: "get a == 1", Found: []string{"2"}}, Description{Error: "expected get a == 1, found 2", Code: ExitFailed}},
		"a verdict":                {&VerdictError{Text: "NOT LINEARIZABLE", Code: ExitViolated}, Description{Error: "NOT LINEARIZABLE", Code: ExitViolated}},
		"anything else":            {errors.New("no such file"), Description{Error: "no such file", Code: ExitFailed}},
	} {
		if got := Describe(c.err); got != c.want {
			t.Errorf("%s: %+v instead of %+v", name, got, c.want)
		}
	}
}
