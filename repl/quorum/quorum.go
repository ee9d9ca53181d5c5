// Package quorum tells what a change of the members means for the majority that a
// cluster needs. It is pure.
package quorum

import (
	"fmt"
	"slices"
	"strings"
)

// Member is a member as far as a majority is concerned.
type Member struct {
	Name string
	// Voter is false for a learner.
	Voter bool
	// Answers: the leader hears from it.
	Answers bool
	// Leads: it is the leader.
	Leads bool
	// Behind is how many entries of the log it lacks.
	Behind uint64
}

// Count is what there is of voters.
type Count struct {
	// Voters there are, and those of them that answer.
	Voters, Answering int
}

// Need is how many voters must answer.
func (c Count) Need() int { return c.Voters/2 + 1 }

// Holds reports whether enough voters answer.
func (c Count) Holds() bool { return c.Answering >= c.Need() }

// Tolerates is how many more may fail until too few answer.
func (c Count) Tolerates() int { return max(0, c.Answering-c.Need()) }

// String says it to a person, in one line without an end.
func (c Count) String() string {
	text := fmt.Sprintf("%d of %s up, quorum %d", c.Answering, voters(c.Voters), c.Need())
	if !c.Holds() {
		return text + ": NO QUORUM"
	}
	return text + ", tolerates " + change(c.Tolerates(), c.Tolerates(), "failure")
}

func count(members []Member) (c Count) {
	for _, m := range members {
		if m.Voter {
			c.Voters++
			if m.Answers {
				c.Answering++
			}
		}
	}
	return c
}

// Effect is what a change comes to.
type Effect struct {
	Before, After Count
	// Text says it to a person, in one line without an end.
	Text string
}

// Loses reports whether there is a majority before, and none after.
func (e Effect) Loses() bool { return e.Before.Holds() && !e.After.Holds() }

// Remove is the effect of taking a member out for good; false if there is no such member.
func Remove(members []Member, name string) (Effect, bool) {
	left, gone, ok := without(members, name)
	if !ok {
		return Effect{}, false
	}
	e := Effect{Before: count(members), After: count(left)}
	if !gone.Voter {
		e.Text = fmt.Sprintf("%s is a learner: the %s and the quorum of %d stay", name, voters(e.Before.Voters), e.Before.Need())
		return e, true
	}
	e.Text = e.tell(left, "removing "+name)
	if gone.Leads && e.After.Voters > 0 && !e.Loses() {
		e.Text += "; " + name + " leads: another takes over first"
	}
	return e, true
}

// Lose is the effect of a member that stops, or whose data is lost, but stays a member, where
// the groups of apart do not hear each other; false if there is no such member.
func Lose(members []Member, name string, apart [][]string) (Effect, bool) {
	_, gone, ok := without(members, name)
	if !ok {
		return Effect{}, false
	}
	after := make([]Member, len(members))
	copy(after, members)
	for i := range after {
		if after[i].Name == name {
			after[i].Answers = false
		}
	}
	left := largest(after, apart)
	e := Effect{Before: part(members, largest(members, apart)), After: part(members, left)}
	if !gone.Voter {
		e.Text = name + " is a learner: the quorum stays"
		return e, true
	}
	rest, _, _ := without(left, name)
	e.Text = e.tell(rest, "without "+name+" the cluster")
	return e, true
}

// Divide is the effect of groups that do not hear each other any more, where those of apart
// did not before; members that are in none are one more. What is left is the group with the
// most voters that answer.
func Divide(members []Member, apart, groups [][]string) Effect {
	left := largest(members, groups)
	e := Effect{Before: part(members, largest(members, apart)), After: part(members, left)}
	e.Text = e.tell(left, "so divided the cluster")
	return e
}

// largest is the group with the most voters that answer.
func largest(members []Member, groups [][]string) []Member {
	parts := make([][]Member, len(groups)+1)
	for _, m := range members {
		g := slices.IndexFunc(groups, func(names []string) bool { return slices.Contains(names, m.Name) })
		if g < 0 {
			g = len(groups)
		}
		parts[g] = append(parts[g], m)
	}
	return slices.MaxFunc(parts, func(a, b []Member) int { return count(a).Answering - count(b).Answering })
}

// part is what there is of voters if only those of a group answer.
func part(members, group []Member) Count {
	return Count{Voters: count(members).Voters, Answering: count(group).Answering}
}

// Transfer is what is to be said before a member is made the leader, "" for nothing.
func Transfer(members []Member, name string) string {
	_, m, ok := without(members, name)
	switch {
	case !ok:
		return ""
	case !m.Voter:
		return name + " is a learner and cannot lead"
	case !m.Answers:
		return name + " does not answer: it will hardly take over"
	case m.Behind > slow:
		return fmt.Sprintf("%s is %d behind: writes wait until it has caught up", name, m.Behind)
	default:
		return ""
	}
}

// slow is how many entries a member may lack before a transfer to it deserves a word.
const slow = 1000

func without(members []Member, name string) (left []Member, gone Member, ok bool) {
	for _, m := range members {
		if m.Name == name {
			gone, ok = m, true
		} else {
			left = append(left, m)
		}
	}
	return left, gone, ok
}

// tell says in numbers what changes, what is odd with those who are left, and whether
// doing it would lose the quorum.
func (e Effect) tell(left []Member, doing string) string {
	b, a := e.Before, e.After
	if a.Voters == 0 {
		return doing + " would leave no voter"
	}
	parts := []string{fmt.Sprintf("%s, quorum %s, tolerates %s", change(b.Voters, a.Voters, "voter"), change(b.Need(), a.Need(), ""), change(b.Tolerates(), a.Tolerates(), "failure"))}
	var odd []string
	for _, m := range left {
		switch {
		case !m.Voter:
		case !m.Answers:
			odd = append(odd, m.Name+" does not answer")
		case m.Behind > 0:
			odd = append(odd, fmt.Sprintf("%s is %d behind", m.Name, m.Behind))
		}
	}
	parts = append(parts, odd...)
	text := strings.Join(parts, "; ")
	switch {
	case e.Loses():
		return text + ": " + doing + " would lose the quorum"
	case !b.Holds():
		return text + ": there is no quorum as it is"
	default:
		return text
	}
}

// change shows a number before and after.
func change(before, after int, of string) string {
	numbers := fmt.Sprint(after)
	if before != after {
		numbers = fmt.Sprintf("%d → %d", before, after)
	}
	switch {
	case of == "":
		return numbers
	case after == 1 && before == 1:
		return numbers + " " + of
	default:
		return numbers + " " + of + "s"
	}
}

func voters(n int) string { return change(n, n, "voter") }
