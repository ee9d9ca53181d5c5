package see

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

// Life is the life of one write, as its client and the members saw it.
type Life struct {
	// Line is the command, Answer what came back.
	Line, Answer string
	// Began and Ended are of the call, by this process's clock.
	Began, Ended time.Time
	// Failed: it was not done, or nobody knows.
	Failed bool
	// Revision is what the write made; 0 if it is not known.
	Revision uint64
	// Index is the log entry; 0 if it has to be found by the revision.
	Index uint64
	// Voters are the members with a vote, Traces what the members have noted.
	Voters []string
	Traces []shell.Answer[client.Trace]
}

// leaderMark follows the leader's name above its lane.
const leaderMark = " leader"

// found is what belongs to the entry of a write.
type found struct {
	*Life
	index  uint64
	leader string
	others int // writes that are in the same entry
	chart  *Chart
}

// Draw makes a chart of the life. It reports false if no member has noted the entry.
func (l *Life) Draw() (*Chart, bool) {
	f := &found{Life: l, index: l.Index, chart: &Chart{Title: l.Line}}
	f.find()
	if f.index == 0 || f.leader == "" {
		return nil, false
	}
	f.chart.Lanes = []string{"client", f.leader}
	for _, t := range l.Traces {
		if t.Member != f.leader {
			f.chart.Lanes = append(f.chart.Lanes, t.Member)
		}
	}
	f.call()
	for _, t := range l.Traces {
		f.follow(t)
	}
	f.quorum()
	slices.SortStableFunc(f.chart.Steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	f.sum()
	f.chart.Lanes[1] += leaderMark
	return f.chart, true
}

// find finds the entry and the leader that made it.
func (f *found) find() {
	for _, t := range f.Traces {
		for _, s := range t.Value.Steps {
			if s.Kind == client.TraceAnswered && f.Revision != 0 && s.FirstRevision <= f.Revision && f.Revision <= s.LastRevision {
				f.index, f.leader = s.First, t.Member
			}
		}
	}
	for _, t := range f.Traces {
		for _, s := range t.Value.Steps {
			switch {
			case s.First > f.index || s.Last < f.index || f.index == 0:
			case s.Kind == client.TraceSent && f.leader == "":
				f.leader = t.Member
			case s.Kind == client.TraceAnswered && t.Member == f.leader && !f.ours(s):
				f.others++
			}
		}
	}
}

// ours reports whether a step of the leader's is of our write and not of another in the
// same entry.
func (f *found) ours(s client.TraceStep) bool {
	return f.Revision == 0 || s.FirstRevision <= f.Revision && f.Revision <= s.LastRevision
}

func (f *found) lane(name string) int { return slices.Index(f.chart.Lanes, name) }

func (f *found) add(at time.Time, from, to int, text string, key bool) {
	f.chart.Steps = append(f.chart.Steps, Step{At: max(at.Sub(f.Began), 0), From: from, To: to, Text: text, Key: key})
}

// call is what the client sees.
func (f *found) call() {
	f.add(f.Began, 0, 1, f.Line, false)
	if f.Failed {
		f.add(f.Ended, 0, 0, f.Answer, true)
	} else {
		f.add(f.Ended, 1, 0, f.Answer, true)
	}
}

// leaderWords and followerWords are how steps are called; the others are not drawn.
var (
	leaderWords = map[client.TraceKind]string{client.TraceQueued: "queued", client.TraceWritten: "in the log", client.TraceDurable: "on disk",
		client.TraceCommitted: "committed", client.TraceApplied: "applied", client.TraceAnswered: "answers"}
	followerWords = map[client.TraceKind]string{client.TraceReceived: "received", client.TraceDurable: "on disk", client.TraceApplied: "applied"}
)

// follow draws what one member has noted of the entry.
func (f *found) follow(t shell.Answer[client.Trace]) {
	lane, sent := f.lane(t.Member), make(map[string]bool)
	words := followerWords
	if t.Member == f.leader {
		words = leaderWords
	}
	for _, s := range t.Value.Steps {
		if s.First > f.index || s.Last < f.index || s.FirstRevision != 0 && !f.ours(s) {
			continue
		}
		at, word := s.Time.Add(-t.Value.Ahead), words[s.Kind]
		switch {
		case t.Member == f.leader && s.Kind == client.TraceProposed:
			f.add(at, lane, lane, fmt.Sprintf("entry %d", f.index), false)
		case t.Member == f.leader && s.Kind == client.TraceSent:
			word := fmt.Sprintf("entry %d", f.index)
			if sent[s.Peer] {
				word += " again"
			}
			sent[s.Peer] = true
			f.add(at, lane, f.peer(s.Peer), word, false)
		case t.Member == f.leader && s.Kind == client.TraceConfirmed:
			f.add(at, f.peer(s.Peer), lane, "has it", false)
		case word != "":
			f.add(at, lane, lane, word, s.Kind == client.TraceCommitted)
		}
	}
}

// peer is the lane of a member, which it gets if it has told nothing.
func (f *found) peer(name string) int {
	if i := f.lane(name); i >= 0 {
		return i
	}
	f.chart.Lanes = append(f.chart.Lanes, name)
	return len(f.chart.Lanes) - 1
}

// quorum draws the moment in which a majority had the entry on its disks, as the
// leader knew.
func (f *found) quorum() {
	type have struct {
		at   time.Time
		name string
	}
	var all []have
	for _, t := range f.Traces {
		if t.Member != f.leader {
			continue
		}
		for _, s := range t.Value.Steps {
			if s.First > f.index || s.Last < f.index {
				continue
			}
			name := s.Peer
			if s.Kind == client.TraceDurable {
				name = f.leader
			} else if s.Kind != client.TraceConfirmed {
				continue
			}
			if slices.Contains(f.Voters, name) && !slices.ContainsFunc(all, func(h have) bool { return h.name == name }) {
				all = append(all, have{s.Time.Add(-t.Value.Ahead), name})
			}
		}
	}
	slices.SortFunc(all, func(a, b have) int { return a.at.Compare(b.at) })
	need := len(f.Voters)/2 + 1
	if len(all) < need {
		f.chart.Notes = append(f.chart.Notes, fmt.Sprintf("No quorum: %d of %d voters are known to have the entry, and %d are needed.", len(all), len(f.Voters), need))
		return
	}
	names := make([]string, need)
	for i := range names {
		names[i] = all[i].name
	}
	f.add(all[need-1].at, 1, 1, "quorum: "+strings.Join(names, " "), true)
}

// sum says in words what there is to be seen.
func (f *found) sum() {
	note := fmt.Sprintf("%s took %s; its entry has index %d", f.Line, out.Millis(f.Ended.Sub(f.Began)), f.index)
	if f.others > 0 {
		note += fmt.Sprintf(", with %s of others", out.Count(uint64(f.others), "write"))
	}
	f.chart.Notes = append(f.chart.Notes, note+".")
	for _, t := range f.Traces {
		switch {
		case t.Err != nil:
			f.chart.Notes = append(f.chart.Notes, t.Member+" does not answer: what it did is missing.")
		case t.Value.Ahead != 0:
			f.chart.Notes = append(f.chart.Notes, fmt.Sprintf("The clock of %s is off by about %s; that is taken away.", t.Member, out.Millis(t.Value.Ahead.Abs())))
		case t.Value.Dropped > 0:
			f.chart.Notes = append(f.chart.Notes, t.Member+" was too busy to note all it did.")
		}
	}
}
