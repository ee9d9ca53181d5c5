package inspect

import (
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/shell"
)

// someLook is what health sees of three members that do well.
func someLook(change func(l *look)) look {
	l := look{members: client.Membership{FromLeader: true}, commit: time.Millisecond}
	for i, name := range []string{"n1", "n2", "n3"} {
		role := client.RoleFollower
		if i == 0 {
			role = client.RoleLeader
		}
		l.members.Members = append(l.members.Members, client.MemberStatus{Member: client.Member{Name: name}, Role: role, Voter: true,
			Reachable: true, LastContact: time.Duration(i) * time.Millisecond})
		st := client.Status{Role: role, CommitIndex: 5000, QuotaBytes: 100, Self: client.Member{Name: name, Version: "0.2.0"}}
		st.AppliedIndex, st.Term = 5000, 3
		l.statuses = append(l.statuses, shell.Answer[client.Status]{Member: name, Value: st})
	}
	change(&l)
	return l
}

// gone lets a member answer nobody.
func gone(l *look, i int) {
	l.members.Members[i].Reachable = false
	l.statuses[i] = shell.Answer[client.Status]{Member: l.statuses[i].Member, Err: kverr.ErrUnreachable.Withf("n: connection refused")}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(l *look)
		worst  level
		serves bool
		says   []string // somewhere in the texts and advice
	}{
		"all is well": {func(*look) {}, fine, true, []string{"n1, term 3", "3 of 3 voters answer, 2 are needed; tolerates 1 more failure"}},
		"one is gone": {func(l *look) { gone(l, 2) }, odd, true,
			[]string{"the next failure stops the cluster", "unreachable: connection refused", "`remove n3`"}},
		"no majority": {func(l *look) { gone(l, 1); gone(l, 2); l.failed = kverr.ErrNoQuorum }, bad, false,
			[]string{"1 of 3 voters answer, 2 are needed", "bring back at least 1 voter:", "writes are not carried out"}},
		"no leader": {func(l *look) {
			l.statuses[0].Value.Role = client.RoleFollower
			l.members.FromLeader, l.failed = false, kverr.ErrNoLeader
		}, bad, false, []string{"none"}},
		"a single voter": {func(l *look) { l.members.Members, l.statuses = l.members.Members[:1], l.statuses[:1] }, odd, true,
			[]string{"no failure is tolerated", "kv node -join"}},
		"two voters": {func(l *look) { l.members.Members, l.statuses = l.members.Members[:2], l.statuses[:2] }, odd, true,
			[]string{"2 of 2 voters answer, 2 are needed; no failure is tolerated"}},
		"a slow write":     {func(l *look) { l.commit = time.Second }, odd, true, []string{"a write took 1.00 s"}},
		"one lags":         {func(l *look) { l.statuses[1].Value.AppliedIndex = 100 }, odd, true, []string{"4900 entries behind"}},
		"a little lag":     {func(l *look) { l.statuses[1].Value.AppliedIndex = 4990 }, fine, true, nil},
		"a learner":        {func(l *look) { l.members.Members[2].Voter = false }, odd, true, []string{"a learner"}},
		"a stalled disk":   {func(l *look) { l.statuses[1].Value.Stalled = time.Minute }, odd, true, []string{"see to the disk of n2"}},
		"nearly full":      {func(l *look) { l.statuses[2].Value.LiveBytes = 95 }, odd, true, []string{"95 B of 100 B, 95%"}},
		"full":             {func(l *look) { l.statuses[2].Value.LiveBytes = 100 }, bad, true, []string{"the store is full", "-quota-bytes"}},
		"two programs":     {func(l *look) { l.statuses[2].Value.Self.Version = "0.1.0" }, odd, true, []string{"0.1.0 on n3; 0.2.0 on n1, n2"}},
		"cut off":          {func(l *look) { l.members.Members[1].Reachable = false }, odd, true, []string{"it runs, but the leader does not hear from it"}},
		"hidden from here": {func(l *look) { gone(l, 1); l.members.Members[1].Reachable = true }, odd, true, []string{"but to this client it is unreachable"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings, serves := judge(someLook(c.change))
			worst, text := fine, ""
			for _, f := range findings {
				worst = max(worst, f.level)
				text += f.about + ": " + f.text + " / " + f.advice + "\n"
				if f.level > fine && f.advice == "" && f.about != "leader" {
					t.Errorf("%s: %s says not what to do", f.about, f.text)
				}
			}
			if worst != c.worst || serves != c.serves {
				t.Errorf("%v, serves %t; want %v, %t\n%s", worst, serves, c.worst, c.serves, text)
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in\n%s", want, text)
				}
			}
		})
	}
}
