package playground

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/node"
	"kv/proto/kverr"
)

func state(c *Cluster, name string) string {
	s, _, _, _ := c.Describe(name)
	return s
}

// A paused leader is replaced, its clients hear nothing, and it finds out at resume.
func TestAPausedLeader(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "old")
	waitAgree(t, c)
	leader := c.Leader()
	old := c.Node(leader)
	must(t, c.Pause(testContext(t), leader))
	if s := state(c, leader); s != "paused" || !slices.Equal(c.NodeFaults(), []string{"pause " + leader}) {
		t.Errorf("state %q, faults %q", s, c.NodeFaults())
	}
	ctx, cancel := context.WithTimeout(testContext(t), 200*time.Millisecond)
	defer cancel()
	alone := dial(t, c, leader)
	if _, err := alone.Get(ctx, "k", client.At(kvAddress(c, leader)), client.Stale()); err == nil {
		t.Error("a paused node answers")
	}
	waitLeader(t, c, leader)
	put(t, dial(t, c, others(c, leader)...), "k", "new")
	_, applied := old.Hash()
	if _, now := old.Hash(); now != applied {
		t.Error("a paused node applies entries")
	}
	must(t, c.Resume(testContext(t), leader))
	waitAgree(t, c)
	get(t, alone, "k", "new")
	if len(c.NodeFaults()) > 0 {
		t.Errorf("faults %q", c.NodeFaults())
	}
}

// A node that is paused can only be killed; then it is not paused any more.
func TestAPausedNodeCanBeKilled(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	put(t, dial(t, c), "k", "v")
	ctx := testContext(t)
	must(t, c.Pause(testContext(t), "n2"))
	for _, err := range []error{c.Stop(ctx, "n2"), c.Restart(ctx, "n2"), c.Start(ctx, "n2"), c.Wipe(testContext(t), "n2"), c.Pause(testContext(t), "n2")} {
		if err == nil || !strings.Contains(err.Error(), "paused") {
			t.Errorf("%v, want a word on the pause", err)
		}
	}
	must(t, c.Kill(ctx, "n2"))
	if len(c.NodeFaults()) > 0 || state(c, "n2") != "killed" {
		t.Errorf("%s, %q", state(c, "n2"), c.NodeFaults())
	}
	must(t, c.Start(ctx, "n2"))
	waitAgree(t, c)
}

// A leader whose disk fails ends, and says why; it cannot start until the disk is healed.
func TestAFailingDisk(t *testing.T) {
	t.Parallel()
	for name, full := range map[string]bool{"fail-disk ": false, "fail-disk full": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 3, nil)
			cl := dial(t, c)
			put(t, cl, "before", "x")
			ctx := testContext(t)
			leader := c.Leader()
			n := c.Node(leader)
			must(t, c.FailDisk(leader, full))
			putMany(t, cl, "k", 5)
			select {
			case <-n.Done():
			case <-ctx.Done():
				t.Fatal("the leader goes on with a broken disk")
			}
			want := "input/output error"
			if full {
				want = "no space left"
			}
			if s := state(c, leader); !strings.HasPrefix(s, "failed: disk: ") || !strings.Contains(s, want) {
				t.Errorf("state %q", s)
			}
			if err := c.Start(ctx, leader); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("start on a broken disk: %v", err)
			}
			if len(c.NodeFaults()) != 1 || !strings.HasPrefix(c.NodeFaults()[0], "fail-disk "+leader) {
				t.Errorf("faults %q", c.NodeFaults())
			}
			must(t, c.HealNode(leader))
			must(t, c.Start(ctx, leader))
			waitAgree(t, c)
			get(t, dial(t, c, leader), "k0004", "value of k", client.At(leader))
		})
	}
}

// A term that cannot be stored ends the node, not the process: all nodes stand for
// election on broken disks here.
func TestElectionsOnBrokenDisks(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	leader := c.Leader()
	for _, name := range others(c, leader) {
		must(t, c.FailDisk(name, false))
	}
	must(t, c.Kill(testContext(t), leader))
	waitFor(t, c, "a node that cannot stand for election", func() bool {
		return slices.ContainsFunc(c.Names(), func(name string) bool { return strings.HasPrefix(state(c, name), "failed: ") })
	})
	for _, name := range c.Names() {
		must(t, c.HealNode(name))
		if state(c, name) != "running" {
			must(t, c.Start(testContext(t), name))
		}
	}
	waitLeader(t, c, "")
	get(t, cl, "k", "v")
	waitAgree(t, c)
}

// A disk that is slower than a leader may be takes leadership away; a restart does not
// heal it.
func TestASlowDisk(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, func(cfg *node.Config) { cfg.StallTimeout = 300 * time.Millisecond })
	cl := dial(t, c)
	put(t, cl, "k", "v")
	leader := c.Leader()
	must(t, c.SlowDisk(leader, time.Second))
	waitFor(t, c, "another leader", func() bool {
		put(t, cl, "k", "v")
		now := c.Leader()
		return now != leader && now != ""
	})
	if err := errors.Join(c.SlowDisk(leader, 0), c.SlowDisk(leader, time.Hour)); err == nil {
		t.Error("no time, and an hour, are taken for a disk")
	}
	if got := c.NodeFaults(); !slices.Equal(got, []string{"slow-disk " + leader + " 1s"}) {
		t.Errorf("faults %q", got)
	}
	must(t, c.Kill(testContext(t), leader))
	if len(c.NodeFaults()) != 1 {
		t.Error("a power cut has healed the disk")
	}
	must(t, c.HealDisk(leader))
	must(t, c.Start(testContext(t), leader))
	waitAgree(t, c)
}

// A node that lost its folder is another node: it is not taken in until the old one is
// removed, and then it is.
func TestAWipedNodeComesBackAsANewOne(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	ctx := testContext(t)
	victim := others(c, c.Leader())[0]
	if err := c.Wipe(testContext(t), victim); err == nil {
		t.Error("a running node is wiped")
	}
	must(t, c.Kill(ctx, victim))
	must(t, c.Wipe(testContext(t), victim))
	if _, err := os.Stat(c.dir + "/" + victim); err == nil || state(c, victim) != "wiped" {
		t.Error("the folder is still there")
	}
	if err := c.Start(ctx, victim); err == nil || !strings.Contains(err.Error(), "remove "+victim) {
		t.Errorf("start: %v", err)
	}
	if _, _, err := c.Add(ctx, victim); !errors.Is(err, kverr.ErrNameTaken) {
		t.Errorf("add while the old one is a member: %v", err)
	}
	if state(c, victim) != "wiped" {
		t.Errorf("state %s", state(c, victim))
	}
	remove(t, cl, victim)
	before := kvAddress(c, victim)
	name, votes, err := c.Add(ctx, victim)
	if err != nil || name != victim || !votes {
		t.Fatalf("add: %s, %t, %v", name, votes, err)
	}
	if now := kvAddress(c, victim); now != before {
		t.Errorf("clients knew it at %s, and it is at %s", before, now)
	}
	waitAgree(t, c)
	get(t, cl, "k", "v", client.At(kvAddress(c, victim)))
}

// A node that is removed stops, and can be wiped and added again; others get the names
// that are free.
func TestAddAndRemove(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, nil)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	ctx := testContext(t)
	for _, want := range []string{"n2", "n3"} {
		name, votes, err := c.Add(ctx, "")
		if err != nil || name != want || !votes {
			t.Fatalf("add: %s, %t, %v", name, votes, err)
		}
	}
	for _, name := range []string{"n1", "n10", "x"} {
		if _, _, err := c.Add(ctx, name); err == nil {
			t.Errorf("%s is added", name)
		}
	}
	remove(t, cl, "n3")
	waitFor(t, c, "n3 to hear of it", func() bool { return state(c, "n3") == "removed" })
	<-c.Node("n3").Done()
	for _, err := range []error{c.Start(ctx, "n3"), c.Stop(ctx, "n3"), c.Kill(ctx, "n3"), c.Pause(testContext(t), "n3"), second(c.Add(ctx, "n3"))} {
		if err == nil || !strings.Contains(err.Error(), "wipe n3") {
			t.Errorf("%v, want the way back", err)
		}
	}
	must(t, c.Wipe(testContext(t), "n3"))
	if _, votes, err := c.Add(ctx, "n3"); err != nil || !votes {
		t.Fatalf("add again: %v", err)
	}
	waitAgree(t, c)
	get(t, cl, "k", "v", client.At(kvAddress(c, "n3")))
}

// remove takes a member out, however often the member that is asked ends meanwhile.
func remove(t *testing.T, cl *client.Client, name string) {
	t.Helper()
	ctx := testContext(t)
	_, err := cl.RemoveMember(ctx, name)
	for err != nil && !errors.Is(err, kverr.ErrMemberNotFound) {
		if client.OutcomeOf(err) == client.NotDone {
			t.Fatalf("remove %s: %v", name, err)
		}
		_, err = cl.RemoveMember(ctx, name)
	}
}

func second(_ string, _ bool, err error) error { return err }

// A playground that is opened again has the nodes that it had, without those removed.
func TestAPlaygroundOpenedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *Cluster {
		c, err := Open(testContext(t), Config{Dir: dir, FreePorts: true, Tune: quick(nil)})
		must(t, err)
		t.Cleanup(func() { c.Close() })
		return c
	}
	c := open()
	cl := dial(t, c)
	put(t, cl, "k", "v")
	ctx := testContext(t)
	must(t, second(c.Add(ctx, "")))
	remove(t, cl, "n1")
	waitFor(t, c, "n1 to hear of it", func() bool { return state(c, "n1") == "removed" })
	remove(t, cl, "n3")
	waitFor(t, c, "n3 to hear of it", func() bool { return state(c, "n3") == "removed" })
	must(t, c.Wipe(testContext(t), "n3"))
	must(t, c.Close())
	if left, err := os.ReadDir(dir); err != nil || len(left) != 3 {
		t.Errorf("%d folders left, %v, want 3", len(left), err)
	}
	c = open()
	if got := c.Names(); !slices.Equal(got, []string{"n1", "n2", "n4"}) || state(c, "n1") != "removed" {
		t.Errorf("nodes %q, n1 is %s", got, state(c, "n1"))
	}
	get(t, dial(t, c), "k", "v")
	must(t, c.Wipe(testContext(t), "n1"))
	must(t, second(c.Add(ctx, "n1")))
	waitAgree(t, c)
}

// What is done twice, or to a node that is not in the state for it, says what to do.
func TestRefusalsTeach(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, nil)
	ctx := testContext(t)
	must(t, c.Stop(ctx, "n1"))
	must(t, c.Start(ctx, "n1"))
	must(t, c.Restart(ctx, "n1"))
	for _, r := range []struct {
		err  error
		want string
	}{
		{c.Start(ctx, "n1"), "n1 runs already"},
		{c.Resume(testContext(t), "n1"), "not paused"},
		{c.Wipe(testContext(t), "n1"), "kill n1"},
		{c.Kill(ctx, "n9"), "`nodes`"},
		{c.FailDisk("n9", true), "`nodes`"},
		{c.HealNode("n9"), "`nodes`"},
		{c.Kill(ctx, "n1"), ""},
		{c.Kill(ctx, "n1"), "start n1"},
		{c.Restart(ctx, "n1"), "start n1"},
		{c.Pause(testContext(t), "n1"), "start n1"},
		{c.Resume(testContext(t), "n1"), "start n1"},
		{second(c.Add(ctx, "")), "start one"},
	} {
		if r.want == "" && r.err != nil || r.want != "" && (r.err == nil || !strings.Contains(r.err.Error(), r.want)) {
			t.Errorf("%v, want %q", r.err, r.want)
		}
	}
}

// openFiles counts the process's open files and connections that belong to a folder or
// port of c.
func openFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, f := range all {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasPrefix(to, dir) {
			n++
		}
	}
	return n
}

// After all kinds of faults nothing is open of a playground that is closed, also if it
// is closed in the middle of them.
func TestNothingIsLeftOpen(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	c := newCluster(t, 5, nil)
	ctx := testContext(t)
	put(t, dial(t, c), "k", "v")
	must(t, c.Pause(testContext(t), "n1"))
	must(t, c.Resume(testContext(t), "n1"))
	must(t, c.Kill(ctx, "n2"))
	must(t, c.Start(ctx, "n2"))
	must(t, c.SlowDisk("n3", time.Minute))
	must(t, c.FailDisk("n4", true))
	must(t, c.Pause(testContext(t), "n5"))
	if openFiles(t, c.dir) == 0 {
		t.Fatal("the test cannot see open files")
	}
	must(t, c.Close())
	waitFor(t, c, "all files to be closed", func() bool { return openFiles(t, c.dir) == 0 })
	if _, err := os.Stat(c.trash()); err == nil {
		t.Error("the trash is still there")
	}
}
