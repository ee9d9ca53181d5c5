package quorum

import (
	"fmt"
	"testing"
)

// cluster makes members of a few letters each: an upper-case one answers, * leads,
// a number is how far behind it is, ? is a learner.
func cluster(words ...string) (all []Member) {
	for _, w := range words {
		m := Member{Voter: true}
		for _, c := range w {
			switch {
			case c == '*':
				m.Leads = true
			case c == '?':
				m.Voter = false
			case c >= '0' && c <= '9':
				m.Behind = 10*m.Behind + uint64(c-'0')
			case c >= 'A' && c <= 'Z':
				m.Name, m.Answers = string(c), true
			default:
				m.Name = string(c)
			}
		}
		all = append(all, m)
	}
	return all
}

func TestWhatARemovalMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members []Member
		name    string
		loses   bool
		want    string
	}{
		{cluster("A*", "B", "C"), "C", false, "3 → 2 voters, quorum 2, tolerates 1 → 0 failures"},
		{cluster("A*", "B", "C12"), "B", false, "3 → 2 voters, quorum 2, tolerates 1 → 0 failures; C is 12 behind"},
		{cluster("A*", "b", "C12"), "C", true, "3 → 2 voters, quorum 2, tolerates 0 failures; b does not answer: removing C would lose the quorum"},
		{cluster("A*", "b", "C"), "A", true, "3 → 2 voters, quorum 2, tolerates 0 failures; b does not answer: removing A would lose the quorum"},
		{cluster("A*", "b", "C"), "b", false, "3 → 2 voters, quorum 2, tolerates 0 failures"},
		{cluster("A*", "B", "C", "D", "E"), "A", false, "5 → 4 voters, quorum 3, tolerates 2 → 1 failures; A leads: another takes over first"},
		{cluster("A*", "B", "C", "D"), "D", false, "4 → 3 voters, quorum 3 → 2, tolerates 1 failure"},
		{cluster("A*", "B"), "B", false, "2 → 1 voters, quorum 2 → 1, tolerates 0 failures"},
		{cluster("A*", "b"), "b", false, "2 → 1 voters, quorum 2 → 1, tolerates 0 failures: there is no quorum as it is"},
		{cluster("A*"), "A", true, "removing A would leave no voter"},
		{cluster("A*", "B", "C", "D?"), "D", false, "D is a learner: the 3 voters and the quorum of 2 stay"},
		{cluster("A*", "b", "c", "d", "E"), "E", false, "5 → 4 voters, quorum 3, tolerates 0 failures; b does not answer; c does not answer; d does not answer: there is no quorum as it is"},
	} {
		e, ok := Remove(c.members, c.name)
		if !ok || e.Text != c.want || e.Loses() != c.loses {
			t.Errorf("removing %s of %v: %q, loses %t; want %q, %t", c.name, c.members, e.Text, e.Loses(), c.want, c.loses)
		}
	}
	if _, ok := Remove(cluster("A*"), "X"); ok {
		t.Error("somebody who is no member can be removed")
	}
}

func TestWhatALossMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members []Member
		name    string
		apart   [][]string
		loses   bool
		want    string
	}{
		{cluster("A*", "B", "C"), "C", nil, false, "3 voters, quorum 2, tolerates 1 → 0 failures"},
		{cluster("A*", "B", "C", "D", "E"), "C", [][]string{{"A", "B"}}, true, "5 voters, quorum 3, tolerates 0 failures: without C the cluster would lose the quorum"},
		{cluster("A*", "B", "C", "D", "E"), "B", [][]string{{"A", "B"}}, false, "5 voters, quorum 3, tolerates 0 failures"},
		{cluster("A*", "B", "C"), "B", [][]string{{"A"}, {"B"}}, false, "3 voters, quorum 2, tolerates 0 failures: there is no quorum as it is"},
		{cluster("A*", "B", "c"), "B", nil, true, "3 voters, quorum 2, tolerates 0 failures; c does not answer: without B the cluster would lose the quorum"},
		{cluster("A*", "B?"), "B", nil, false, "B is a learner: the quorum stays"},
	} {
		e, ok := Lose(c.members, c.name, c.apart)
		if !ok || e.Text != c.want || e.Loses() != c.loses {
			t.Errorf("losing %s of %v: %q, loses %t; want %q, %t", c.name, c.members, e.Text, e.Loses(), c.want, c.loses)
		}
	}
}

func TestWhatATransferMeans(t *testing.T) {
	t.Parallel()
	members := cluster("A*", "B", "c", "D2000", "E?")
	for name, want := range map[string]string{"B": "", "c": "c does not answer: it will hardly take over",
		"D": "D is 2000 behind: writes wait until it has caught up", "E": "E is a learner and cannot lead", "X": ""} {
		if got := Transfer(members, name); got != want {
			t.Errorf("to %s: %q, want %q", name, got, want)
		}
	}
}

// Against counting: a majority of all voters has to answer, before and after.
func TestLosesIsAboutMajorities(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 5; n++ {
		for answering := range 1 << n {
			members := make([]Member, n)
			for i := range members {
				members[i] = Member{Name: fmt.Sprint(i), Voter: true, Answers: answering>>i&1 == 1}
			}
			majority := func(skip int) bool {
				all, up := 0, 0
				for i, m := range members {
					if i != skip {
						all++
						if m.Answers {
							up++
						}
					}
				}
				return 2*up > all
			}
			for i := range n {
				e, _ := Remove(members, fmt.Sprint(i))
				if want := majority(-1) && !majority(i); e.Loses() != want {
					t.Fatalf("%d of %v: loses %t, want %t", i, members, e.Loses(), want)
				}
			}
		}
	}
}

func TestWhatADivisionMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members []Member
		groups  [][]string
		loses   bool
		want    string
		after   string
	}{
		{cluster("A*", "B", "C"), [][]string{{"A"}}, false, "3 voters, quorum 2, tolerates 1 → 0 failures", "2 of 3 voters up, quorum 2, tolerates 0 failures"},
		{cluster("A*", "B", "C"), [][]string{{"A"}, {"B"}, {"C"}}, true, "3 voters, quorum 2, tolerates 1 → 0 failures: so divided the cluster would lose the quorum", "1 of 3 voters up, quorum 2: NO QUORUM"},
		{cluster("A*", "b", "C"), [][]string{{"A", "b"}, {"C"}}, true, "3 voters, quorum 2, tolerates 0 failures; b does not answer: so divided the cluster would lose the quorum", "1 of 3 voters up, quorum 2: NO QUORUM"},
		{cluster("A*", "B", "C", "D", "E", "F?"), [][]string{{"A", "B", "F"}}, false, "5 voters, quorum 3, tolerates 2 → 0 failures", "3 of 5 voters up, quorum 3, tolerates 0 failures"},
		{cluster("A*"), [][]string{{"A"}}, false, "1 voter, quorum 1, tolerates 0 failures", "1 of 1 voter up, quorum 1, tolerates 0 failures"},
	} {
		e := Divide(c.members, nil, c.groups)
		if e.Text != c.want || e.Loses() != c.loses || e.After.String() != c.after {
			t.Errorf("%v of %v: %q, loses %t, %s; want %q, %t, %s", c.groups, c.members, e.Text, e.Loses(), e.After, c.want, c.loses, c.after)
		}
	}
}
