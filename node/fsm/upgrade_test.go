package fsm

import (
	"bytes"
	"errors"
	"testing"
)

// Members come to what version 0.1.0 has written by its log, or by a snapshot of
// it, which has no history. From then on a command must come to the same on both.
func TestHistoryDoesNotDependOnTheWayHere(t *testing.T) {
	t.Parallel()
	byLog := New(Options{})
	results(t, byLog, golden(t, "entry-1.hex"))
	bySnapshot := restored(t, golden(t, "snapshot-1.hex"))
	again := func() { bySnapshot = restored(t, persisted(t, bySnapshot)) }
	apply := func(what string, data []byte) {
		t.Helper()
		a, b := do(t, byLog, data), do(t, bySnapshot, data)
		if !sameResult(a, b) {
			t.Errorf("%s: %s by the log, %s by the snapshot", what, showResult(a), showResult(b))
		}
		if byLog.Hash() != bySnapshot.Hash() {
			t.Errorf("%s: the hashes differ", what)
		}
	}
	apply("put", put("greeting", "later"))
	again()
	apply("revert before there is history", encoded(t, revertCommand("greeting", 1)))
	apply("put", put("greeting", "latest"))
	again()
	for revision := range byLog.Revision() + 2 {
		apply("revert", encoded(t, revertCommand("greeting", revision)))
		apply("compact", encoded(t, compactCommand(revision)))
	}
}

// What is written under a stamp is history, with what it replaces.
func TestHistoryBegins(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, put("k", "1"))
	do(t, m, put("k", "2"))
	do(t, m, encoded(t, stamped(putCommand("k", "3"), 1)))
	for range 2 {
		if _, err := m.View().Keys(1); !errors.Is(err, ErrCompacted) || m.Oldest() != 3 {
			t.Errorf("keys at 1: %v, oldest %d, want ErrCompacted and 3", err, m.Oldest())
		}
		keys, err := m.View().Keys(2)
		if err != nil || string(keys.Get([]byte("k")).Value()) != "2" {
			t.Errorf("keys at 2: %v", err)
		}
		m = restored(t, persisted(t, m))
	}
}

// As long as an upgrade is under way an old member may need a snapshot of a new one:
// it is what that version would have written.
func TestASnapshotWithoutHistoryIsTheOldOnes(t *testing.T) {
	t.Parallel()
	then := golden(t, "snapshot-1.hex")
	m := restored(t, then)
	if now := persisted(t, m); !bytes.Equal(now, then) {
		t.Error("version 0.1.0 cannot read it")
	}
	do(t, m, encoded(t, setQuota(1)))
	if now := persisted(t, m); bytes.Equal(now[:64], then[:64]) {
		t.Error("a snapshot with what is new says that it has the old format")
	}
}
