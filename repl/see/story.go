package see

import (
	"slices"
	"strings"
	"time"

	"kv/client"
)

// state is what a member is for a while.
type state byte

const (
	stateUnknown   state = iota // nothing is recorded
	stateDown                   // it does not run
	stateAlone                  // it knows no leader
	stateFollower               // it knows one
	stateCandidate              // it stands for election
	stateLeader
)

// String is what a program reads.
func (s state) String() string {
	return [...]string{"unknown", "down", "no leader", "follower", "candidate", "leader"}[s]
}

// span is a time in which something was so, from its beginning until, not included, its
// end. The last one has no end yet: a zero To.
type span struct {
	From, To time.Time
	state    state
	term     uint64 // of a leader
	text     string // of a fault
}

// ends reports whether the span is over at a time.
func (s *span) ends(at time.Time) bool { return !s.To.IsZero() && !s.To.After(at) }

// story is what can be told of a record: what each member was, and what was wrong.
type story struct {
	members map[string][]span
	follows map[string]string // member to its leader, so far
	// reigns are who led, in the order of their beginnings; text is the member.
	reigns []span
	// without are the times without a leader that hears a majority.
	without []span
	faults  []span
	marks   []client.Event
	refused []client.Event
}

// tell makes a story of a record.
func tell(r Record) *story {
	t := &story{members: make(map[string][]span), follows: make(map[string]string)}
	for _, name := range r.Silent {
		t.members[name] = nil
	}
	for _, e := range r.Events {
		switch {
		case outside(e):
			t.outside(e)
		case e.Kind == client.EventRefused:
			t.refused = append(t.refused, e)
		default:
			t.member(e)
		}
		t.rumor(r.Silent, e)
	}
	t.reign()
	t.leaderless(r)
	return t
}

// become ends what a member was.
func (t *story) become(name string, at time.Time, s state, term uint64) {
	all := t.members[name]
	if n := len(all); n > 0 {
		if last := &all[n-1]; last.state == s && last.term == term {
			return
		} else if last.To.IsZero() {
			last.To = at
		}
	}
	t.members[name] = append(all, span{From: at, state: s, term: term})
}

// now is what a member is at the end of what was told so far.
func (t *story) now(name string) state {
	if all := t.members[name]; len(all) > 0 {
		return all[len(all)-1].state
	}
	return stateUnknown
}

func (t *story) member(e client.Event) {
	switch e.Kind {
	case client.EventStarted:
		t.become(e.Member, e.Time, stateAlone, 0)
	case client.EventStopped:
		t.become(e.Member, e.Time, stateDown, 0)
	case client.EventLeader:
		switch is := t.now(e.Member); {
		case e.Peer != "":
			t.become(e.Member, e.Time, stateFollower, 0)
		case is != stateCandidate && is != stateLeader:
			t.become(e.Member, e.Time, stateAlone, 0)
		}
	case client.EventRole:
		switch e.Role {
		case client.RoleLeader:
			t.become(e.Member, e.Time, stateLeader, e.Term)
		case client.RoleCandidate:
			t.become(e.Member, e.Time, stateCandidate, 0)
		default:
			t.become(e.Member, e.Time, stateAlone, 0)
		}
	case client.EventQuorumLost:
		if !t.lacks(e.Member) {
			t.without = append(t.without, span{From: e.Time, text: e.Member})
		}
	case client.EventQuorumRegained:
		t.has(e.Member, e.Time)
	}
}

// lacks reports whether a member is without a quorum.
func (t *story) lacks(name string) bool {
	return slices.ContainsFunc(t.without, func(s span) bool { return s.text == name && s.To.IsZero() })
}

func (t *story) has(name string, at time.Time) {
	for i := range t.without {
		if s := &t.without[i]; s.text == name && s.To.IsZero() {
			s.To = at
		}
	}
}

// rumor takes from what others tell what a silent member was: it leads as long as there
// is one that follows it. Who never did cannot tell.
func (t *story) rumor(silent []string, e client.Event) {
	before := t.follows[e.Member]
	switch {
	case e.Kind == client.EventLeader:
		t.follows[e.Member] = e.Peer
	case e.Kind == client.EventStopped, isRole(client.RoleCandidate)(e):
		t.follows[e.Member] = ""
	default:
		return
	}
	now := t.follows[e.Member]
	if now != "" && slices.Contains(silent, now) {
		t.heard(e)
	}
	if before != now && slices.Contains(silent, before) && t.now(before) == stateLeader && !t.followed(before) {
		t.become(before, e.Time, stateUnknown, 0)
	}
}

// followed reports whether a member is known to follow another.
func (t *story) followed(leader string) bool {
	for _, l := range t.follows {
		if l == leader {
			return true
		}
	}
	return false
}

// heard takes from a follower that a member leads which tells nothing itself.
func (t *story) heard(e client.Event) {
	for _, all := range t.members {
		for i := range all {
			if all[i].state == stateLeader && all[i].term >= e.Term {
				return // known already, or older than what is known
			}
		}
	}
	t.become(e.Peer, e.Time, stateLeader, e.Term)
}

func (t *story) outside(e client.Event) {
	switch e.Kind {
	case client.EventFault:
		t.faults = append(t.faults, span{From: e.Time, text: e.Reason})
		return
	case client.EventHealed:
		for i := range t.faults {
			if f := &t.faults[i]; f.text == e.Reason && f.To.IsZero() {
				f.To = e.Time
			}
		}
		return
	}
	t.marks = append(t.marks, e)
	// A node that was ended tells nothing of its own end any more.
	if verb, name, ok := strings.Cut(e.Reason, " "); ok && (verb == "kill" || verb == "stop") {
		if _, member := t.members[name]; member {
			t.become(name, e.Time, stateDown, 0)
		}
	}
}

// reign collects who led. Of a leader that tells nothing any more the end is not known:
// it is, at the latest, when the next one was elected.
func (t *story) reign() {
	for name, all := range t.members {
		for _, s := range all {
			if s.state == stateLeader {
				s.text = name
				t.reigns = append(t.reigns, s)
			}
		}
	}
	slices.SortFunc(t.reigns, func(a, b span) int { return a.From.Compare(b.From) })
}

// leaderless replaces the times in which one member had no quorum by those in which
// nobody had one: nobody led who heard a majority.
func (t *story) leaderless(r Record) {
	lost := t.without
	t.without = nil
	if len(r.Events) == 0 {
		return
	}
	// good are the times in which somebody led with a majority.
	var good []span
	for i, s := range t.reigns {
		if i+1 < len(t.reigns) && (s.To.IsZero() || s.To.After(t.reigns[i+1].From)) {
			s.To = t.reigns[i+1].From
		}
		good = append(good, without(s, lost)...)
	}
	at := r.Events[0].Time
	for _, g := range good {
		if g.From.After(at) {
			t.without = append(t.without, span{From: at, To: g.From})
		}
		if g.To.IsZero() {
			return
		}
		at = g.To
	}
	t.without = append(t.without, span{From: at})
}

// without takes the times out of a reign in which its leader had lost the quorum.
func without(reign span, lost []span) []span {
	parts := []span{reign}
	for _, l := range lost {
		last := parts[len(parts)-1]
		if l.text != reign.text || last.ends(l.From) || l.From.Before(last.From) {
			continue
		}
		parts[len(parts)-1].To = l.From
		if !l.To.IsZero() && !last.ends(l.To) {
			parts = append(parts, span{From: l.To, To: last.To, state: stateLeader, term: last.term, text: last.text})
		}
	}
	return parts
}
