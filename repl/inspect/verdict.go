package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// look is what health has seen. Judging it is pure.
type look struct {
	members  client.Membership
	statuses []shell.Answer[client.Status] // of all members
	// commit is how long a majority took to commit an entry, failed why it did not.
	commit time.Duration
	failed error
}

// level is how bad a finding is.
type level int

const (
	fine level = iota
	// odd: it works, but somebody should look at it.
	odd
	// bad: the cluster does not serve, or soon will not.
	bad
)

func (l level) String() string { return [...]string{"ok", "warning", "bad"}[l] }

// finding is one thing that was looked at.
type finding struct {
	level  level
	about  string
	text   string
	advice string // what to do; "" for nothing
	facts  out.Record
}

// remark makes a finding.
func remark(l level, about, text, advice string) finding {
	return finding{level: l, about: about, text: text, advice: advice}
}

// with returns the finding with the numbers that its text is made of.
func (f finding) with(facts ...out.Field) finding {
	f.facts = facts
	return f
}

// Bounds beyond which a finding is odd.
const (
	manyBehind   = 1000                   // entries
	slowCommit   = 500 * time.Millisecond // a write to a majority of disks
	longStall    = 500 * time.Millisecond // one disk operation
	fullFraction = 0.9                    // of the quota
)

// judge returns what there is to say. serves is false if the cluster cannot carry out
// writes now.
func judge(l look) (findings []finding, serves bool) {
	serves = l.failed == nil
	findings = append(findings, l.leader(), l.quorum(), l.write())
	findings = append(findings, l.silent()...)
	findings = append(findings, l.behind()...)
	findings = append(findings, l.store()...)
	return findings, serves
}

func (l look) leader() finding {
	for _, a := range l.statuses {
		if a.Err == nil && a.Value.Role == client.RoleLeader {
			return remark(fine, "leader", fmt.Sprintf("%s, term %d", a.Member, a.Value.Term), "").with(out.Text("leader", a.Member), out.Uint("term", a.Value.Term))
		}
	}
	if l.failed == nil && l.members.Leader != nil {
		return remark(odd, "leader", l.members.Leader.Name+", which does not answer this client", "see whether its client address can be reached from here")
	}
	return remark(bad, "leader", "none", "")
}

// voters returns how many there are, and how many of them answer.
func (l look) voters() (all, answer int) {
	for i, m := range l.members.Members {
		if !m.Voter {
			continue
		}
		all++
		if l.statuses[i].Err == nil {
			answer++
		}
	}
	return all, answer
}

func (l look) quorum() finding {
	all, answer := l.voters()
	need := all/2 + 1
	return tolerance(all, answer, need).with(out.Uint("voters", all), out.Uint("answer", answer), out.Uint("needed", need))
}

// tolerance says what may still fail.
func tolerance(all, answer, need int) finding {
	text := fmt.Sprintf("%d of %d voters answer, %d are needed", answer, all, need)
	switch spare := answer - need; {
	case spare < 0:
		missing := out.Count(uint64(-spare), "voter")
		return remark(bad, "quorum", text, "bring back at least "+missing+": start the nodes that do not answer")
	case all == 1:
		return remark(odd, "tolerance", text+"; no failure is tolerated", "add two members: kv node -join ADDRESS")
	case spare == 0 && answer < all:
		return remark(odd, "tolerance", text+"; the next failure stops the cluster", "bring back the voters that do not answer")
	case spare == 0:
		return remark(odd, "tolerance", text+"; no failure is tolerated", "add a member: kv node -join ADDRESS")
	default:
		return remark(fine, "tolerance", text+"; tolerates "+out.Count(uint64(spare), "more failure"), "")
	}
}

func (l look) write() finding {
	took := out.Duration("took", l.commit)
	switch {
	case l.failed != nil:
		return remark(bad, "commit", failure.Brief(l.failed), "writes are not carried out now")
	case l.commit > slowCommit:
		return remark(odd, "commit", "a write took "+out.Millis(l.commit), "look at the disks, the network and the load: `stat`, `lag`").with(took)
	default:
		return remark(fine, "commit", "a write took "+out.Millis(l.commit), "").with(took)
	}
}

// silent tells of the members that do not answer.
func (l look) silent() (found []finding) {
	for i, m := range l.members.Members {
		a := l.statuses[i]
		switch {
		case a.Err != nil && l.members.FromLeader && m.Reachable:
			found = append(found, remark(odd, m.Name, "the leader heard from it "+out.Millis(m.LastContact)+" ago, but to this client it is "+failure.Brief(a.Err), "if that stays so, check "+m.KVAddress+" from here"))
		case a.Err != nil:
			found = append(found, remark(odd, m.Name, failure.Brief(a.Err)+lastHeard(m, l.members.FromLeader), "start it again or, if it is gone for good, `remove "+m.Name+"`"))
		case a.Value.Stalled > longStall:
			found = append(found, remark(odd, m.Name, "its disk has been busy with one write for "+out.Millis(a.Value.Stalled), "see to the disk of "+m.Name).with(out.Duration("stalled", a.Value.Stalled)))
		case l.members.FromLeader && !m.Reachable && a.Value.Role != client.RoleLeader:
			found = append(found, remark(odd, m.Name, "it runs, but the leader does not hear from it"+lastHeard(m, true), "check the network between the nodes"))
		}
	}
	return found
}

func lastHeard(m client.MemberStatus, known bool) string {
	switch {
	case !known || m.LastContact == 0:
		return ""
	case m.NeverContacted:
		return "; not heard in this term"
	default:
		return "; heard last " + out.Millis(m.LastContact) + " ago"
	}
}

// behind tells of members that lack entries, and of those without a vote.
func (l look) behind() (found []finding) {
	commit := l.committed()
	for i, m := range l.members.Members {
		st := l.statuses[i]
		if st.Err != nil {
			continue
		}
		if lacks := short(commit, st.Value.AppliedIndex); lacks > manyBehind {
			found = append(found, remark(odd, m.Name, out.Plural(lacks, "entry behind", "entries behind"), "it catches up by itself unless it gets more: watch `lag`").with(out.Uint("behind", lacks)))
		}
		if !m.Voter {
			found = append(found, remark(fine, m.Name, "a learner: it has no vote until it has caught up", ""))
		}
	}
	return found
}

// committed is the highest index that anybody knows to be committed.
func (l look) committed() (index uint64) {
	for _, a := range l.statuses {
		index = max(index, a.Value.CommitIndex, a.Value.AppliedIndex)
	}
	return index
}

// store tells of the room that is left, and of different programs.
func (l look) store() (found []finding) {
	var newest client.Status
	versions := map[string][]string{}
	for _, a := range l.statuses {
		if a.Err != nil {
			continue
		}
		versions[a.Value.Self.Version] = append(versions[a.Value.Self.Version], a.Member)
		if a.Value.AppliedIndex >= newest.AppliedIndex {
			newest = a.Value
		}
	}
	if newest.QuotaBytes > 0 {
		found = append(found, room(newest.LiveBytes, newest.QuotaBytes).with(out.Uint("live_bytes", newest.LiveBytes), out.Uint("quota_bytes", newest.QuotaBytes)))
	}
	if len(versions) > 1 {
		found = append(found, remark(odd, "versions", mixed(versions), "upgrade the older ones, one after the other"))
	}
	return found
}

func room(live, quota uint64) finding {
	used := float64(live) / float64(quota)
	text := fmt.Sprintf("%s of %s, %.0f%%", out.Size(live), out.Size(quota), 100*used)
	advice := "delete keys (`delete PREFIX -prefix`) or raise -quota-bytes"
	switch {
	case used >= 1:
		return remark(bad, "quota", text+": the store is full", advice)
	case used >= fullFraction:
		return remark(odd, "quota", text, advice)
	default:
		return remark(fine, "quota", text, "")
	}
}

func mixed(versions map[string][]string) string {
	var parts []string
	for version, who := range versions {
		parts = append(parts, out.OrDash(version)+" on "+strings.Join(who, ", "))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// short returns by how much n falls short of what.
func short(what, n uint64) uint64 { return what - min(what, n) }
