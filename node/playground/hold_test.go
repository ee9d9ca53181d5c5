package playground

import (
	"fmt"
	"strings"
	"testing"

	"kv/node/playground/wires"
)

// hand drives a cluster whose messages are all held.
type hand struct {
	t *testing.T
	c *Cluster
}

// hold takes a cluster in hand.
func hold(t *testing.T, c *Cluster) hand {
	t.Helper()
	must(t, c.Break(wires.Fault{Kind: wires.Hold}))
	return hand{t, c}
}

// runOut lets the election timer of a node run out.
func (h hand) runOut(name string) {
	h.t.Helper()
	must(h.t, h.c.RunOut(testContext(h.t), name))
}

// await waits for a message to be in flight and returns it.
func (h hand) await(from, to, kind string, answer bool) (found wires.Message) {
	h.t.Helper()
	err := h.c.await(testContext(h.t), fmt.Sprintf("%s -> %s %s", from, to, kind), func() bool {
		for _, m := range h.c.Network().InFlight() {
			if m.From == from && m.To == to && m.Kind == kind && m.Answer == answer {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		h.t.Fatalf("%v; in flight:\n%s", err, h.drawn())
	}
	return found
}

func (h hand) drawn() string {
	var b strings.Builder
	for _, m := range h.c.Network().InFlight() {
		fmt.Fprintf(&b, "%d %s -> %s %s %q term %d\n", m.ID, m.From, m.To, m.Kind, m.Text, m.Term)
	}
	return b.String()
}

// ask delivers a question and the answer to it, and returns the answer.
func (h hand) ask(from, to, kind string) wires.Message {
	h.t.Helper()
	h.deliver(h.await(from, to, kind, false))
	answer := h.await(to, from, kind, true)
	h.deliver(answer)
	return answer
}

func (h hand) deliver(m wires.Message) {
	h.t.Helper()
	if _, err := h.c.Network().Deliver(testContext(h.t), m.ID); err != nil {
		h.t.Fatalf("%v; in flight:\n%s", err, h.drawn())
	}
}

func (h hand) term(name string) uint64 { term, _ := h.c.Node(name).Leads(); return term }

// An election message by message: a follower whose timer runs out asks for pre-votes,
// then for votes, leads, and replicates the entry of its term, while nobody's patience
// runs out.
func TestAnElectionByHand(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	waitAgree(t, c)
	old := c.Leader()
	rest := others(c, old)
	a, b := rest[0], rest[1]
	h := hold(t, c)
	term := h.term(a)

	if _, err := dial(t, c, b).Members(testContext(t)); err != nil {
		t.Errorf("who looks on needs the members: %v", err)
	}
	h.runOut(a)
	h.expect("pre-vote refused", h.ask(a, b, "pre-vote")) // since it knows a leader
	h.runOut(b)                                           // now it knows none
	h.runOut(a)                                           // once more, after the refusal
	h.expect("pre-vote granted", h.ask(a, b, "pre-vote"))
	vote := h.await(a, b, "vote", false)
	if vote.Term != term+1 || h.term(a) != term+1 || h.term(b) != term {
		t.Errorf("the vote is asked for in term %d, %s is in %d and %s in %d", vote.Term, a, h.term(a), b, h.term(b))
	}
	h.expect("vote granted", h.ask(a, b, "vote"))
	h.leads(a)
	if _, leads := c.Node(old).Leads(); !leads {
		t.Errorf("%s knows of nothing and should lead still", old)
	}
	h.ask(a, b, "append")
	h.release()
	waitLeader(t, c, old)
	if got := c.Leader(); got != a {
		t.Errorf("%s leads after the messages were let go, want %s", got, a)
	}
	put(t, cl, "k", "w")
	waitAgree(t, c)
}

// Two who stand in the same term and vote for themselves: nobody gets a majority, and
// the timer that runs out next decides.
func TestASplitVoteByHand(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	put(t, dial(t, c), "k", "v")
	waitAgree(t, c)
	old := c.Leader()
	rest := others(c, old)
	a, b := rest[0], rest[1]
	h := hold(t, c)
	term := h.term(old)
	h.runOut(a)
	h.runOut(b)
	h.expect("pre-vote granted", h.ask(a, b, "pre-vote"))
	h.await(a, b, "vote", false) // it stands, and votes for itself
	h.expect("pre-vote granted", h.ask(b, a, "pre-vote"))
	h.await(b, a, "vote", false)
	for _, e := range [][2]string{{a, b}, {b, a}, {a, old}, {b, old}} {
		h.expect("vote refused", h.ask(e[0], e[1], "vote"))
	}
	if h.term(a) != term+1 || h.term(b) != term+1 {
		t.Errorf("the terms are %d and %d, want %d", h.term(a), h.term(b), term+1)
	}
	h.runOut(b)
	h.expect("pre-vote granted", h.ask(b, a, "pre-vote"))
	h.expect("vote granted", h.ask(b, a, "vote"))
	h.leads(b)
	h.release()
	waitFor(t, c, b+" to lead alone", func() bool { _, still := c.Node(old).Leads(); return !still && c.Leader() == b })
	waitAgree(t, c)
}

func (h hand) expect(text string, m wires.Message) {
	h.t.Helper()
	if m.Text != text {
		h.t.Fatalf("%s answers %s %q, want %q; in flight:\n%s", m.From, m.To, m.Text, text, h.drawn())
	}
}

func (h hand) leads(name string) {
	h.t.Helper()
	waitFor(h.t, h.c, name+" to lead", func() bool { _, leads := h.c.Node(name).Leads(); return leads })
}

// release lets all messages and timers go on.
func (h hand) release() {
	h.t.Helper()
	if !h.c.Network().Release("", "") {
		h.t.Error("nothing was held")
	}
}

// After a release the timers run: a leader that is cut off loses its office, and
// another is elected.
func TestTimersRunAfterARelease(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	h := hold(t, c)
	old := c.Leader()
	h.release()
	waitAgree(t, c)
	if err := c.RunOut(testContext(t), others(c, old)[0]); err == nil {
		t.Error("a timer that runs by itself was run out")
	}
	c.Isolate(old)
	waitLeader(t, c, old)
	waitFor(t, c, old+" to step down", func() bool { _, leads := c.Node(old).Leads(); return !leads })
	c.Heal()
	waitAgree(t, c)
}

// The nodes can be stopped and started while messages are held.
func TestRestartsWhileMessagesAreHeld(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	put(t, dial(t, c), "k", "v")
	h := hold(t, c)
	for _, name := range c.Names() {
		must(t, c.Kill(testContext(t), name))
		must(t, c.Start(testContext(t), name))
		if err := c.RunOut(testContext(t), name); err != nil {
			t.Errorf("run out %s: %v", name, err)
		}
	}
	if f := c.Network().Faults(); len(f) != 1 {
		t.Errorf("the faults are %v", f)
	}
	if err := c.RunOut(testContext(t), "n9"); err == nil {
		t.Error("no such node")
	}
	h.release()
	waitLeader(t, c, "")
	get(t, dial(t, c), "k", "v")
	waitAgree(t, c)
}
