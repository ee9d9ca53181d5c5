package playground

import (
	"errors"
	"strings"
	"testing"

	"kv/client"
)

// A leader that was told to make a snapshot and leave one entry has nothing else to give
// to a member that was away: that installs the snapshot, and is as the others.
func TestWhoWasAwayInstallsTheSnapshotThatWasWishedFor(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	leader := waitLeader(t, c, "")
	away := others(c, leader)[0]
	cl := dial(t, c)
	put(t, cl, "before", "1")
	must(t, c.Stop(testContext(t), away))
	putMany(t, cl, "k", 20)

	s, err := cl.Snapshot(testContext(t), leader, 1)
	must(t, err)
	if s.Member != leader || s.Index == 0 || s.Term == 0 || s.Size == 0 || s.Last < s.Index || s.Left() > s.Last-s.Index+1 {
		t.Errorf("%+v leaves %d entries", s, s.Left())
	}
	made := waitEvent(t, c, leader, "its snapshot", isKind(client.EventSnapshotMade, ""))
	if made.Index != s.Index || made.Term != s.Term || made.Count != s.Size {
		t.Errorf("recorded is %+v, told was %+v", made, s)
	}

	must(t, c.Start(testContext(t), away))
	waitEvent(t, c, away, "the snapshot", func(e client.Event) bool {
		return e.Kind == client.EventSnapshotInstalled && e.Index >= s.Index && e.Reason == ""
	})
	put(t, cl, "after", "1")
	waitAgree(t, c)
}

// A wish leaves as much of the log as it says, and by default as much as members like
// to keep: none of it is cut.
func TestASnapshotKeepsWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, nil)
	cl := dial(t, c)
	putMany(t, cl, "k", 20)
	whole, err := cl.Snapshot(testContext(t), "n1", 0)
	must(t, err)
	if whole.First != 1 || whole.Left() != whole.Last {
		t.Errorf("the log begins at %d after a snapshot of a short log", whole.First)
	}
	putMany(t, cl, "l", 5)
	part, err := cl.Snapshot(testContext(t), "n1", 7)
	must(t, err)
	if part.Index <= whole.Index || part.Left() != 7 {
		t.Errorf("%d entries are left of a log that ends at %d, 7 were to stay", part.Left(), part.Last)
	}
}

func TestASnapshotOfWhatIsInOneIsRefused(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	waitAgree(t, c)
	follower := others(c, waitLeader(t, c, ""))[0]
	s, err := cl.Snapshot(testContext(t), follower, 0)
	must(t, err)
	var again client.SnapshotResult
	if again, err = cl.Snapshot(testContext(t), follower, 0); err == nil && again.Index > s.Index {
		again, err = cl.Snapshot(testContext(t), follower, 0) // an entry of the leader's own had come
	}
	if !errors.Is(err, client.ErrNothingNew) || client.OutcomeOf(err) != client.NotDone || !strings.Contains(err.Error(), follower) {
		t.Errorf("a second snapshot of the same: %+v, %v", again, err)
	}
	put(t, cl, "k", "w")
	waitAgree(t, c)
	if again, err = cl.Snapshot(testContext(t), follower, 0); err != nil || again.Index <= s.Index {
		t.Errorf("a snapshot of what is new: %+v, %v", again, err)
	}
}
