package fsm

import (
	"bytes"
	"errors"
	"testing"

	"github.com/hashicorp/raft"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// rig is a machine under test beside the model, and what was taken on the way.
type rig struct {
	m     *Machine
	model *model
	logs  []*raft.Log // all that m has applied
	twin  *Machine    // is fed the same, between snapshots of its own
	kept  []keptView
}

// keptView is a view with the model as it was when the view was taken.
type keptView struct {
	view  *View
	model *model
	hash  Hash
}

// newRig is mostly one whose history begins at once.
func newRig(t *rapid.T) *rig {
	r := &rig{m: newSmall(), twin: newSmall(), model: newModel()}
	if !seldom(t, 4, "without history") {
		r.applyCommands(t, func() *kvv1.Command { return setQuota(0) }, 1)
	}
	return r
}

// newSmall is a machine with the limits of the model.
func newSmall() *Machine {
	m := New(Options{})
	m.state.table.limits = sessionLimits{sessions: modelSessions, results: modelResults, bytes: modelBytes}
	return m
}

func snapshotOf(t *rapid.T, m *Machine) []byte {
	var file bytes.Buffer
	v := m.View()
	defer v.Release()
	if err := v.WriteSnapshot(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// reborn is a new machine from a snapshot of m, which must be like m in all.
func reborn(t *rapid.T, m *Machine) *Machine {
	file := snapshotOf(t, m)
	back := newSmall()
	if err := back.Restore(reader(file)); err != nil {
		t.Fatalf("restore: %v", err)
	}
	back.state.table.limits = m.state.table.limits
	if back.Hash() != m.Hash() {
		t.Fatal("the restored machine has another hash")
	}
	changes, size := m.HistorySize()
	if backChanges, backSize := back.HistorySize(); backChanges != changes || backSize != size {
		t.Fatalf("%d changes of %d bytes after the restore, want %d of %d", backChanges, backSize, changes, size)
	}
	if !bytes.Equal(snapshotOf(t, back), file) {
		t.Fatal("the restored machine's snapshot has other bytes")
	}
	return back
}

func (r *rig) apply(t *rapid.T) {
	r.applyCommands(t, func() *kvv1.Command { return r.model.anyCommand(t) }, rapid.IntRange(0, 8).Draw(t, "commands"))
}

// applyCommands has machine and model carry out an entry of n commands.
func (r *rig) applyCommands(t *rapid.T, next func() *kvv1.Command, n int) {
	r.model.index += uint64(rapid.IntRange(1, 2).Draw(t, "step")) // Raft keeps no-ops to itself
	var data []byte
	var want []Result
	var commands []*kvv1.Command
	for range n {
		c := next()
		data = appendHot(t, data, c)
		commands = append(commands, c)
		want = append(want, r.model.apply(c))
	}
	l := entry(r.model.index, data)
	r.logs = append(r.logs, l)
	got, ok := r.m.ApplyBatch([]*raft.Log{l})[0].([]Result)
	if !ok || len(got) != len(want) {
		t.Fatalf("entry %d was not applied: %v", l.Index, r.m.Err())
	}
	for i := range got {
		if !sameResult(got[i], want[i]) {
			t.Fatalf("%v\ncame to %s\nwant    %s", commands[i], showResult(got[i]), showResult(want[i]))
		}
	}
}

// catchUp brings the twin to where m is, from a snapshot that it takes first, and
// in one call, with entries that it has already.
func (r *rig) catchUp(t *rapid.T) {
	if rapid.Bool().Draw(t, "restart the twin") {
		r.twin = reborn(t, r.twin)
	}
	r.twin.ApplyBatch(r.logs)
	r.logs = nil
	if r.twin.Hash() != r.m.Hash() {
		t.Fatal("two machines have applied one log and differ")
	}
	if !bytes.Equal(snapshotOf(t, r.twin), snapshotOf(t, r.m)) {
		t.Fatal("two machines have applied one log, and their snapshots differ")
	}
}

func (r *rig) check(t *rapid.T) {
	v := r.m.View()
	r.model.checkView(t, v)
	v.Release()
	r.model.checkMachine(t, r.m)
	checkState(t, r.m.state)
	if len(r.kept) == 0 {
		return
	}
	old := rapid.SampledFrom(r.kept).Draw(t, "old view")
	old.model.checkView(t, old.view)
	if old.view.Hash() != old.hash {
		t.Fatalf("a view at revision %d has another hash than before", old.view.Revision())
	}
}

// TestAgainstModel: whatever is applied, restored and looked at in whatever order,
// machine and model agree, and old views stay as they were.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t)
		t.Repeat(map[string]func(*rapid.T){
			"apply":       r.apply,
			"apply again": r.apply,
			"replay": func(t *rapid.T) {
				if err, _ := r.m.Apply(entry(r.model.index, put("replayed", "x"))).(error); r.model.index > 0 && !errors.Is(err, ErrAlreadyApplied) {
					t.Fatalf("an old entry: %v", err)
				}
			},
			"view":    func(*rapid.T) { r.keep() },
			"release": r.release,
			"restore": r.restore,
			"restart": func(t *rapid.T) { r.m = reborn(t, r.m) },
			"twin":    r.catchUp,
			"torn restore": func(t *rapid.T) {
				file := snapshotOf(t, r.m)
				n := rapid.IntRange(0, len(file)-1).Draw(t, "length")
				if err := r.m.Restore(reader(file[:n])); !errors.Is(err, ErrCorruptSnapshot) {
					t.Fatalf("a torn snapshot: %v", err)
				}
			},
			"": r.check,
		})
	})
}

// The same commands in any split into entries and calls make the same state, also
// on a member that starts from a snapshot half-way.
func TestSplitsMakeNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model := newModel()
		var commands [][]byte
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			c := model.anyOperation(t) // unstamped: what a stamp leaves behind knows the index
			model.apply(c)
			commands = append(commands, appendHot(t, nil, c))
		}
		one := New(Options{})
		one.Apply(entry(1, join(commands...)))

		other := New(Options{})
		var logs []*raft.Log
		for index := uint64(1); len(commands) > 0; index++ {
			n := rapid.IntRange(1, len(commands)).Draw(t, "entry")
			logs = append(logs, entry(index, join(commands[:n]...)))
			commands = commands[n:]
		}
		other.ApplyBatch(logs[:rapid.IntRange(0, len(logs)).Draw(t, "restart")])
		other = reborn(t, other)
		other.ApplyBatch(logs) // with those that the snapshot has already
		if one.Hash() != other.Hash() {
			t.Fatalf("hash %s in one entry, %s in %d", one.Hash(), other.Hash(), len(logs))
		}
	})
}
