package inspect

import (
	"time"

	"kv/client"
	"kv/repl/shell"
)

// sample is a look at all members at one moment.
type sample struct {
	at       time.Time
	statuses []shell.Answer[client.Status]
	read     time.Duration // of a linearizable read
	failed   error         // of that read
}

// rate is what happened between two samples, per second.
type rate struct {
	reads, writes float64
	entries       float64 // of the log
	behind        uint64  // entries that the last of those who answer has still to apply
	silent        int     // members that do not answer
	leader        string  // "" if none of those who answer leads
	term          uint64
}

// between compares two samples. A member that was started anew in between counts from
// nothing again.
func between(before, now sample) rate {
	var r rate
	seconds := now.at.Sub(before.at).Seconds()
	if seconds <= 0 {
		seconds = 1
	}
	old := make(map[string]client.Status, len(before.statuses))
	for _, a := range before.statuses {
		if a.Err == nil {
			old[a.Member] = a.Value
		}
	}
	var commit, was uint64
	for _, a := range now.statuses {
		if a.Err != nil {
			r.silent++
			continue
		}
		st := a.Value
		commit, was = max(commit, st.CommitIndex), max(was, old[a.Member].CommitIndex)
		if st.Role == client.RoleLeader && st.Term >= r.term {
			r.leader, r.term = a.Member, st.Term
		}
		if prev, ok := old[a.Member]; ok && st.Requests != nil && prev.Requests != nil {
			r.reads += float64(since(prev.Requests.Reads(), st.Requests.Reads())) / seconds
			r.writes += float64(since(prev.Requests.Writes(), st.Requests.Writes())) / seconds
		}
	}
	r.entries = float64(short(commit, was)) / seconds
	for _, a := range now.statuses {
		if a.Err == nil {
			r.behind = max(r.behind, short(commit, a.Value.AppliedIndex))
		}
	}
	return r
}

// since is how much was counted since a number; a smaller number began anew.
func since(before, now uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}
