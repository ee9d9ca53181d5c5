package repl

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl/out"
)

func mustPrompt(t *testing.T, text string) template {
	t.Helper()
	form, err := parsePrompt(text)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func TestPromptShowsTheCluster(t *testing.T) {
	t.Parallel()
	n1 := &client.Leader{Name: "n1", Term: 5}
	led := client.Health{ClusterName: "playground", Leader: n1, Voters: 3, Reachable: 3, Quorum: true, Member: "n1", Role: client.RoleLeader, Term: 5}
	two, follower, split := led, led, led
	two.Reachable = 2
	follower.Member, follower.Role = "n2", client.RoleFollower
	split.Leader, split.Quorum, split.Reachable, split.Member, split.Role = nil, false, 1, "n2", client.RoleCandidate
	nameless := led
	nameless.ClusterName, nameless.Voters, nameless.Reachable = "", 1, 1
	for _, c := range []struct {
		form string
		scene
		want string
	}{
		{"", scene{health: led}, "playground n1[leader] t5 3/3> "},
		{"", scene{health: two}, "playground n1[leader] t5 2/3> "},
		{"", scene{health: follower, read: "stale"}, "playground n2[follower] t5 3/3 stale> "},
		{"", scene{health: led, mode: "txn", read: "stale"}, "playground n1[leader] t5 3/3 stale txn> "},
		{"", scene{health: split, mode: "txn"}, "playground n2[candidate] t5 NO QUORUM 1/3 txn> "},
		{"", scene{}, "(unreachable)> "},
		{"", scene{health: led, err: errors.New("x"), retry: 1600 * time.Millisecond, mode: "txn"}, "(unreachable, next try in 1.6 s) txn> "},
		{"", scene{health: nameless}, "kv n1[leader] t5 1/1> "},
		{"{leader}{}{ {x {quorum}$ ", scene{health: led}, "n1{}{ {x 3/3$ "},
		{"$ ", scene{health: led}, "$ "},
	} {
		if got := mustPrompt(t, c.form).render(c.scene, out.NewPalette(false)); got != c.want {
			t.Errorf("%q shows %q, want %q", c.form, got, c.want)
		}
	}
	form := mustPrompt(t, "")
	for want, s := range map[string]scene{"\x1b[31m(unreachable)": {}, "\x1b[31mNO QUORUM 1/3": {health: split}, "\x1b[33m2/3": {health: two}} {
		if got := form.render(s, out.NewPalette(true)); !strings.Contains(got, want) {
			t.Errorf("prompt %q lacks %q", got, want)
		}
	}
}

func TestAPromptWithAnUnknownName(t *testing.T) {
	t.Parallel()
	if err := CheckPrompt("{cluster} {leeder}> "); err == nil || !strings.Contains(err.Error(), "{leeder}") || !strings.Contains(err.Error(), "{leader}") {
		t.Errorf("%v", err)
	}
}

func FuzzPrompt(f *testing.F) {
	f.Add(DefaultPrompt)
	f.Add("{{}{txn")
	f.Fuzz(func(t *testing.T, text string) {
		if form, err := parsePrompt(text); err == nil {
			form.render(scene{health: client.Health{Reachable: 1}}, out.NewPalette(false))
		}
	})
}
