package client

import (
	"errors"
	"testing"

	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	hint := kverr.ErrNotLeader.WithLeader(kverr.Leader{Name: "n", Address: "h:1"})
	for _, tt := range []struct {
		e                      *kverr.Error
		once, stamped, reading verdict
	}{
		{kverr.ErrNotLeader, elsewhere, elsewhere, elsewhere},
		{hint, follow, follow, follow},
		{kverr.ErrNotLeader.WithLeader(kverr.Leader{Name: "n", Address: "nonsense"}), elsewhere, elsewhere, elsewhere},
		{kverr.ErrNoLeader, elsewhere, elsewhere, elsewhere},
		{kverr.ErrNoLeader.WithRetryAfter(1), pause, pause, pause},
		{kverr.ErrTransferring, pause, pause, pause},
		{kverr.ErrOverloaded, pause, pause, pause},
		{kverr.ErrUnreachable, elsewhere, elsewhere, elsewhere},
		{kverr.ErrNotKV, misplaced, misplaced, misplaced},
		{kverr.ErrRemoved, misplaced, misplaced, misplaced},
		{kverr.ErrUpgrading, misplaced, misplaced, misplaced},
		{kverr.ErrLostLeadership, final, elsewhere, elsewhere},
		{kverr.ErrLostConnection, final, elsewhere, elsewhere},
		{kverr.ErrShutdown, final, elsewhere, elsewhere},
		{kverr.ErrInternal, final, misplaced, misplaced},
		{kverr.ErrTimeout, final, elsewhere, elsewhere},
		{kverr.ErrEmptyKey, final, final, final},
		{kverr.ErrMemberNotFound, final, final, final},
		{kverr.ErrNodeUnreachable, final, final, final},
		{kverr.ErrQuota, final, final, final},
		{kverr.ErrTooManyLeases.WithRetryAfter(1), final, final, final},
		{kverr.ErrConflict, final, final, final},
		{kverr.ErrCompacted, final, final, final},
		{kverr.ErrSequence, final, final, final},
		{kverr.ErrSessionUnknown, final, reopen, final},
	} {
		for k, want := range map[kind]verdict{once: tt.once, stamped: tt.stamped, read: tt.reading} {
			if got := decide(k, tt.e); got != want {
				t.Errorf("kind %d, %s: %d, want %d", k, tt.e.Reason, got, want)
			}
		}
	}
}

// A write without a stamp is never sent again when it may have been done, whatever
// a peer says.
func FuzzAWriteWithAnUnknownOutcomeIsFinal(f *testing.F) {
	f.Add("NOT_LEADER", uint32(codes.Unavailable), uint8(0), "h:1", true)
	f.Add("OVERLOADED", uint32(codes.ResourceExhausted), uint8(1), "", false)
	f.Fuzz(func(t *testing.T, reason string, code uint32, outcome uint8, address string, sent bool) {
		e := &kverr.Error{Reason: reason, Code: codes.Code(code), Outcome: kverr.Outcome(outcome), Leader: &kverr.Leader{Name: "n", Address: address}}
		got := judge(e, false, sent, sight{})
		if sent && e.Outcome != NotDone && (got.Outcome == NotDone || decide(once, got) != final) {
			t.Errorf("%+v would be sent again", got)
		}
		if !sent && got.Outcome != NotDone {
			t.Errorf("%+v was never sent, and yet is unknown", got)
		}
	})
}

// However addresses answer, a round asks each one at most once, and ends.
func TestARoundAsksEachAddressOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1"})
		order := distinct(rapid.SliceOfN(address, 1, 5).Draw(t, "order"))
		trip := newTrip(order, rapid.Bool().Draw(t, "pinned"))
		asked := make(map[string]int)
		for {
			a, ok := trip.next()
			if !ok {
				break
			}
			if asked[a]++; asked[a] > 1 {
				t.Fatalf("%s was asked twice", a)
			}
			e := kverr.ErrNotLeader.WithLeader(kverr.Leader{Name: "n", Address: address.Draw(t, "hint")})
			trip.note(a, e, follow)
			trip.follow(e)
			if trip.pinned && a != order[0] && len(order) == 1 {
				t.Fatalf("a pinned call went to %s", a)
			}
		}
		for _, a := range order {
			if asked[a] != 1 {
				t.Fatalf("%s was not asked", a)
			}
		}
		if !errors.Is(trip.sum(), ErrNotLeader) {
			t.Fatalf("sum %v", trip.sum())
		}
	})
}

func TestTableBelievesTheNewestLeader(t *testing.T) {
	t.Parallel()
	tb := newTable([]string{"a:1", "b:1"})
	tb.hear(kverr.Leader{Name: "b", Address: "b:1", Term: 5})
	tb.hear(kverr.Leader{Name: "a", Address: "a:1", Term: 4})
	tb.hear(kverr.Leader{Name: "x", Address: "junk", Term: 9})
	if got := tb.order()[0]; got != "b:1" {
		t.Errorf("first %s", got)
	}
	tb.doubt("b:1")
	tb.hear(kverr.Leader{Name: "a", Address: "a:1", Term: 4})
	if a, ok := tb.find("a"); !ok || a != "a:1" || tb.order()[0] != "a:1" {
		t.Errorf("after a doubt: %s, %v", a, tb.order())
	}
	many := &kvv1.MembersResponse{Members: make([]*kvv1.MemberStatus, 1000)}
	for i := range many.Members {
		many.Members[i] = &kvv1.MemberStatus{Member: &kvv1.Member{KvAddress: "h:" + string(rune('1'+i%9)) + "0"}}
	}
	tb.learn(many)
	if n := len(tb.members); n > maxMembers {
		t.Errorf("%d members believed", n)
	}
}

func TestRecognize(t *testing.T) {
	t.Parallel()
	for in, foreign := range map[string]bool{
		"HTTP/1.1 400 Bad Request": true,
		"\x15\x03\x01\x00\x02":     true,
		"SSH-2.0-OpenSSH":          true,
		"\x00\x00\x06\x04\x00\x00": false,
		"":                         false,
		"\x00":                     false,
	} {
		if got := recognize([]byte(in)); got.foreign != foreign {
			t.Errorf("%q: %+v", in, got)
		}
	}
}
