package playground

import (
	"context"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/node"
	"kv/node/playground/wires"
)

// refused waits until a member alone refuses a linearizable read, and reports what a
// stale one gives.
func refused(t *testing.T, c *Cluster, name, key string) string {
	t.Helper()
	cl := dial(t, c, name)
	waitFor(t, c, name+" to refuse reads", func() bool {
		ctx, cancel := context.WithTimeout(testContext(t), 2*time.Second)
		defer cancel()
		_, err := cl.Get(ctx, key, client.At(kvAddress(c, name)))
		return err != nil
	})
	got, err := cl.Get(testContext(t), key, client.Stale(), client.At(kvAddress(c, name)))
	must(t, err)
	if got.KV == nil {
		return ""
	}
	return string(got.KV.Value)
}

// A partition leaves the majority at work and the minority without, also after the
// minority's node was restarted, until it is healed.
func TestAPartitionSurvivesRestartsUntilItIsHealed(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	put(t, dial(t, c), "k", "old")
	waitAgree(t, c)
	lonely := c.Leader()
	must(t, c.Break(wires.Fault{Kind: wires.Partition, Groups: [][]string{{lonely}}}))
	waitLeader(t, c, lonely)
	majority := dial(t, c, others(c, lonely)...)
	put(t, majority, "k", "new")
	if got := refused(t, c, lonely, "k"); got != "old" {
		t.Errorf("%s alone reads %q", lonely, got)
	}
	must(t, c.Kill(testContext(t), lonely))
	must(t, c.Start(testContext(t), lonely))
	if got := refused(t, c, lonely, "k"); got == "new" { // nobody tells it what is committed
		t.Errorf("%s alone reads %q after its restart", lonely, got)
	}
	if f := c.Network().Faults(); len(f) != 1 || f[0].Kind != wires.Partition {
		t.Errorf("the faults are %v", f)
	}
	c.Heal()
	waitAgree(t, c)
	get(t, dial(t, c, lonely), "k", "new", client.At(kvAddress(c, lonely)))
}

// A follower that hears nothing but can speak asks for votes in vain: the others hear
// their leader. It follows again when the wire is mended.
func TestAOneWayCut(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	leader := c.Leader()
	deaf := others(c, leader)[0]
	term, _ := c.Node(leader).Leads()
	w := c.Network().Watch(4096)
	defer w.Close()
	must(t, c.Break(wires.Fault{Kind: wires.Cut, From: leader, To: deaf, OneWay: true}))
	await(t, w, func(m wires.Message) bool {
		return m.From == deaf && m.Kind == "pre-vote" && m.State == wires.Delivered
	})
	put(t, cl, "k", "v")
	if now, leads := c.Node(leader).Leads(); !leads || now != term {
		t.Errorf("%s leads: %t, in term %d, before in %d", leader, leads, now, term)
	}
	if !c.Network().Heal(leader, deaf) {
		t.Error("there was nothing to heal")
	}
	waitAgree(t, c)
}

// await waits for a message.
func await(t *testing.T, w *wires.Watch, is func(wires.Message) bool) wires.Message {
	t.Helper()
	ctx := testContext(t)
	for {
		select {
		case m := <-w.C:
			if is(m) {
				return m
			}
		case <-ctx.Done():
			t.Fatal("such a message never came")
		}
	}
}

func TestSlowWires(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	cl := dial(t, c)
	const mean, jitter = 30 * time.Millisecond, 10 * time.Millisecond
	must(t, c.Break(wires.Fault{Kind: wires.Delay, Mean: mean, Jitter: jitter}))
	w := c.Network().Watch(1 << 16)
	defer w.Close()
	putMany(t, cl, "slow", 5)
	seen := 0
	for m := await(t, w, isDelivered); seen < 20; m = await(t, w, isDelivered) {
		if took := m.Ended.Sub(m.Sent); took < mean-jitter {
			t.Errorf("%s -> %s %s took only %v", m.From, m.To, m.Text, took)
		}
		seen++
	}
	c.Heal()
	put(t, cl, "quick", "x")
	waitAgree(t, c)
}

func isDelivered(m wires.Message) bool { return m.State == wires.Delivered }

// While a tenth of all messages are lost, writes still succeed, if slowly; afterwards all
// is as ever.
func TestLossyWires(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	cl := dial(t, c)
	must(t, c.Break(wires.Fault{Kind: wires.Drop, Percent: 10}))
	w := c.Network().Watch(1 << 16)
	defer w.Close()
	putMany(t, cl, "lossy", 5)
	await(t, w, func(m wires.Message) bool { return m.State == wires.Lost })
	c.Heal()
	putMany(t, cl, "sound", 5)
	get(t, cl, "lossy0004", "value of lossy")
	waitAgree(t, c)
}

// A message that a person has lost is sent again, as Raft demands of its leader.
func TestALostAppendIsSentAgain(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	leader := c.Leader()
	other := others(c, leader)[0]
	h := hold(t, c)
	lost := h.until(leader, other, "append")
	if _, err := c.Network().Lose(testContext(t), lost.ID); err != nil {
		t.Fatal(err)
	}
	if again := h.await(leader, other, "append", false); again.ID == lost.ID {
		t.Error("it was not lost")
	}
	if _, err := c.Network().Step(testContext(t)); err != nil {
		t.Error(err)
	}
	c.Heal()
	waitAgree(t, c)
}

// A snapshot goes in pieces over slow wires, and again after one of its pieces was lost.
func TestASnapshotOverTheWires(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, func(cfg *node.Config) { calm(cfg); snapshotting(cfg) })
	cl := dial(t, c)
	leader := c.Leader()
	away := others(c, leader)[0]
	must(t, c.Kill(testContext(t), away))
	value := strings.Repeat("x", 4<<10)
	put(t, cl, "k", value)
	waitSnapshot(t, c, leader, 40)
	must(t, c.Break(wires.Fault{Kind: wires.Delay, From: leader, To: away, Mean: 5 * time.Millisecond}))
	must(t, c.Break(wires.Fault{Kind: wires.Hold, From: leader, To: away, OneWay: true}))
	must(t, c.Start(testContext(t), away))
	h := hand{t, c}
	begin := h.until(leader, away, "snapshot")
	if _, err := c.Network().Lose(testContext(t), begin.ID); err != nil {
		t.Fatal(err)
	}
	if again := h.until(leader, away, "snapshot"); again.Call == begin.Call {
		t.Error("a snapshot of which a piece was lost goes on")
	}
	h.release()
	waitAgree(t, c)
	get(t, dial(t, c, away), "k", value, client.At(kvAddress(c, away)))
}

// until delivers what is held between two nodes until a question of a kind is in flight,
// which begins its call, and returns it.
func (h hand) until(from, to, kind string) (found wires.Message) {
	h.t.Helper()
	waitFor(h.t, h.c, kind, func() bool {
		for _, m := range h.c.Network().InFlight() {
			switch ours := m.From == from && m.To == to; {
			case ours && m.Kind == kind && m.ID == m.Call:
				found = m
				return true
			case m.State == wires.Held && (ours || m.From == to && m.To == from):
				h.c.Network().Deliver(testContext(h.t), m.ID) // it may just have been taken back
			}
		}
		return false
	})
	return found
}
