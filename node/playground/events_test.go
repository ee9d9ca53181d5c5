package playground

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/node"
)

// eventsOf reads what a member has recorded.
func eventsOf(t *testing.T, c *Cluster, cl *client.Client, name string) []client.Event {
	t.Helper()
	pages, err := cl.Events(testContext(t), kvAddress(c, name), client.EventsRequest{})
	must(t, err)
	var all []client.Event
	for page, err := range pages {
		must(t, err)
		all = append(all, page.Events...)
	}
	return all
}

// waitEvent waits for an event at a member.
func waitEvent(t *testing.T, c *Cluster, name, what string, is func(client.Event) bool) client.Event {
	t.Helper()
	var found client.Event
	cl := dial(t, c, name)
	waitFor(t, c, name+" to record "+what, func() bool {
		all := eventsOf(t, c, cl, name)
		i := slices.IndexFunc(all, is)
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

func isKind(kind client.EventKind, peer string) func(client.Event) bool {
	return func(e client.Event) bool { return e.Kind == kind && e.Peer == peer }
}

// A leader that is cut off, and whoever comes after it, say why they did what they did.
func TestAnElectionIsRecordedWithItsReasons(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	old := waitLeader(t, c, "")
	cl := dial(t, c)
	put(t, cl, "a", "1")
	waitAgree(t, c)
	before := len(eventsOf(t, c, cl, old))
	c.MarkFault("isolate " + old)
	c.Isolate(old)
	leader := waitLeader(t, c, old)

	stood := waitEvent(t, c, leader, "that it stands", func(e client.Event) bool {
		return e.Kind == client.EventRole && e.Role == client.RoleCandidate && e.Peer == old
	})
	if !strings.HasPrefix(stood.Reason, "it had heard nothing from "+old+" for ") {
		t.Errorf("it stood because %q", stood.Reason)
	}
	won := waitEvent(t, c, leader, "that it leads", func(e client.Event) bool {
		return e.Kind == client.EventRole && e.Role == client.RoleLeader && e.Term >= stood.Term
	})
	voter := others(c, old)[0]
	if voter == leader {
		voter = others(c, old)[1]
	}
	if !strings.Contains(won.Reason, "elected by 2 of 3: itself, "+voter) {
		t.Errorf("it leads because %q", won.Reason)
	}
	waitEvent(t, c, voter, "its vote", func(e client.Event) bool {
		return e.Kind == client.EventVoteGranted && e.Peer == leader && e.Term == won.Term && !e.PreVote
	})
	waitEvent(t, c, voter, "the new leader", func(e client.Event) bool {
		return e.Kind == client.EventLeader && e.Peer == leader && e.Term == won.Term
	})
	down := waitEvent(t, c, old, "that it steps down", func(e client.Event) bool {
		return int(e.Sequence) > before && e.Kind == client.EventRole && e.Role == client.RoleFollower
	})
	if down.Reason != "it heard from no majority for 400 ms" {
		t.Errorf("it stepped down because %q", down.Reason)
	}
	waitEvent(t, c, old, "that the quorum is lost", isKind(client.EventQuorumLost, ""))
	waitEvent(t, c, old, "that nobody answers its pre-votes", func(e client.Event) bool {
		return e.Kind == client.EventVoteUnanswered && e.PreVote
	})
	c.Heal()
	c.MarkHealed("isolate " + old)
	waitEvent(t, c, old, "the quorum", isKind(client.EventQuorumRegained, ""))
	for _, name := range c.Names() {
		waitEvent(t, c, name, "the fault", func(e client.Event) bool { return e.Kind == client.EventFault && e.Reason == "isolate "+old })
		waitEvent(t, c, name, "its end", func(e client.Event) bool { return e.Kind == client.EventHealed && e.Reason == "isolate "+old })
	}
}

func TestATransferIsRecorded(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	old := waitLeader(t, c, "")
	heir := others(c, old)[0]
	cl := dial(t, c)
	if _, err := cl.TransferLeadership(testContext(t), heir); err != nil {
		t.Skipf("no transfer on this busy machine: %v", err)
	}
	waitEvent(t, c, old, "what it was asked", isKind(client.EventTransferAsked, heir))
	stood := waitEvent(t, c, heir, "that it stands", func(e client.Event) bool {
		return e.Kind == client.EventRole && e.Role == client.RoleCandidate && e.Peer == old && strings.HasPrefix(e.Reason, "asked to by")
	})
	down := waitEvent(t, c, old, "that it steps down", func(e client.Event) bool {
		return e.Kind == client.EventRole && e.Role == client.RoleFollower && e.Peer == heir
	})
	if !strings.HasPrefix(down.Reason, "it met the higher term") || down.Time.Before(stood.Time) {
		t.Errorf("it stepped down because %q", down.Reason)
	}
}

// A record outlives the node in a playground, and tells of its end and beginning.
func TestARecordOutlivesItsNode(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	name := others(c, waitLeader(t, c, ""))[0]
	must(t, c.Kill(testContext(t), name))
	must(t, c.Start(testContext(t), name))
	var kinds []string
	for _, e := range eventsOf(t, c, dial(t, c, name), name) {
		switch e.Kind {
		case client.EventStarted, client.EventStopped, client.EventMark:
			kinds = append(kinds, string(e.Kind))
		}
	}
	if got := strings.Join(kinds, " "); got != "started mark stopped started" {
		t.Errorf("recorded: %s", got)
	}
	waitEvent(t, c, c.Leader(), "the kill", func(e client.Event) bool { return e.Kind == client.EventMark && e.Reason == "kill "+name })
}

// A leader sees who falls silent, and what a join and a removal are.
func TestMembersAreRecorded(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, func(cfg *node.Config) { cfg.ElectionTimeout = cfg.HeartbeatTimeout })
	leader := waitLeader(t, c, "")
	if leader == "n1" {
		for _, name := range []string{"n2", "n3"} {
			waitEvent(t, c, "n1", "the join", isKind(client.EventMemberJoined, name))
			waitEvent(t, c, "n1", "the promotion", isKind(client.EventMemberPromoted, name))
		}
	}
	gone := others(c, leader)[0]
	must(t, c.Kill(testContext(t), gone))
	waitEvent(t, c, leader, "the silence", isKind(client.EventPeerLost, gone))
	must(t, c.Start(testContext(t), gone))
	waitEvent(t, c, leader, "the return", isKind(client.EventPeerRegained, gone))
}

// A member tells of its log, and a leader how far the others have confirmed it.
func TestTheLogIsTold(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	leader := waitLeader(t, c, "")
	cl := dial(t, c)
	put(t, cl, "color", "blue")
	waitAgree(t, c)
	var l client.Log
	waitFor(t, c, "the leader to know how far the others are", func() bool {
		var err error
		l, err = cl.Log(testContext(t), leader, client.LogRequest{})
		must(t, err)
		return len(l.Match) == 2 && l.Match[others(c, leader)[0]] == l.Last && l.Match[others(c, leader)[1]] == l.Last
	})
	if l.First != 1 || l.Role != client.RoleLeader || len(l.Entries) != int(l.Last) || l.Applied > l.Commit || l.Commit > l.Last {
		t.Errorf("the leader's log is %+v", l)
	}
	if first := l.Entries[0]; first.Kind != "configuration" || first.Index != 1 || first.Term != 1 {
		t.Errorf("it begins with %+v", first)
	}
	puts := slices.DeleteFunc(slices.Clone(l.Entries), func(e client.LogEntry) bool { return e.Summary != "put color" })
	if len(puts) != 1 || puts[0].Commands != 1 || puts[0].Kind != "command" || puts[0].Size == 0 {
		t.Errorf("the puts are %+v", puts)
	}
	part, err := cl.Log(testContext(t), others(c, leader)[0], client.LogRequest{From: 2, To: 5, Limit: 3})
	must(t, err)
	if len(part.Entries) != 3 || part.Entries[0].Index != 3 || part.Match != nil {
		t.Errorf("entries 2 to 5, at most 3: %+v", part)
	}
	if _, err := cl.Log(testContext(t), leader, client.LogRequest{From: 5, To: 2}); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("a range that ends before its beginning: %v", err)
	}
}

func TestTheSettingsAreTold(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, nil)
	cl := dial(t, c)
	put(t, cl, "a", "1") // n1 is in the member table then
	s, err := cl.Settings(testContext(t), "n1")
	must(t, err)
	values := make(map[string]string)
	for _, one := range s.All {
		values[one.Name] = one.Value
	}
	if s.Self.Name != "n1" || values["heartbeat-timeout"] != "400ms" || values["commit-timeout"] != "10ms" || values["quota"] != "2 GiB" || values["snapshot"] != "after 128 MiB of log" {
		t.Errorf("the settings are %v", values)
	}
}

// While somebody asks for it, all members note what they do with an entry, and after that
// they note nothing.
func TestATraceShowsTheLifeOfAWrite(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	leader := waitLeader(t, c, "")
	cl := dial(t, c)
	put(t, cl, "a", "1")
	traces := func(begin time.Duration) map[string]client.Trace {
		all := make(map[string]client.Trace)
		for _, name := range c.Names() {
			tr, err := cl.Trace(testContext(t), name, begin)
			must(t, err)
			all[name] = tr
		}
		return all
	}
	for name, tr := range traces(time.Minute) {
		if len(tr.Steps) > 0 {
			t.Errorf("%s has noted %+v before it was asked to", name, tr.Steps)
		}
	}
	done, err := cl.Put(testContext(t), "b", []byte("2"))
	must(t, err)
	var index uint64
	for _, s := range traces(0)[leader].Steps {
		if s.Kind == client.TraceAnswered && s.FirstRevision == done.Revision {
			index = s.First
		}
	}
	if index == 0 {
		t.Fatalf("the leader has not noted its answer: %+v", traces(0)[leader])
	}
	kinds := func(name string) string {
		seen := make(map[client.TraceKind]time.Time)
		for _, s := range traces(0)[name].Steps {
			if _, again := seen[s.Kind]; !again && s.First <= index && index <= s.Last {
				seen[s.Kind] = s.Time
			}
		}
		var in []string
		for _, k := range []client.TraceKind{client.TraceQueued, client.TraceProposed, client.TraceReceived, client.TraceWritten, client.TraceSent,
			client.TraceDurable, client.TraceConfirmed, client.TraceCommitted, client.TraceApplied, client.TraceAnswered} {
			if _, ok := seen[k]; ok {
				in = append(in, string(k))
			}
		}
		return strings.Join(in, " ")
	}
	for _, name := range c.Names() {
		want := "received written durable committed applied"
		if name == leader {
			want = "queued proposed written sent durable confirmed committed applied answered"
		}
		waitFor(t, c, name+" to note "+want, func() bool { return kinds(name) == want })
	}
	traces(time.Millisecond)
	steps := func() (n int) {
		for _, tr := range traces(0) {
			n += len(tr.Steps)
		}
		return n
	}
	waitFor(t, c, "the trace to end", func() bool {
		before := steps()
		put(t, cl, "c", "3")
		return steps() == before
	})
}
