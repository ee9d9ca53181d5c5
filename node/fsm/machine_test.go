package fsm

import (
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/hashicorp/raft"
)

// A key lives, is overwritten, dies and lives again.
func TestRevisionsOfAKey(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	for i, step := range []struct {
		data                      []byte
		revision, deleted         uint64
		create, mod, version, len uint64
	}{
		{data: del("a"), revision: 0},
		{data: put("a", "1"), revision: 1, create: 1, mod: 1, version: 1, len: 1},
		{data: put("b", "1"), revision: 2, create: 1, mod: 1, version: 1, len: 2},
		{data: put("a", "22"), revision: 3, create: 1, mod: 3, version: 2, len: 2},
		{data: AppendTermMarker(nil), revision: 3, create: 1, mod: 3, version: 2, len: 2},
		{data: del("a"), revision: 4, deleted: 1, len: 1},
		{data: del("a"), revision: 4, len: 1},
		{data: put("a", ""), revision: 5, create: 5, mod: 5, version: 1, len: 2},
	} {
		if got, want := do(t, m, step.data), (Result{Revision: step.revision, Deleted: step.deleted}); got != want {
			t.Fatalf("step %d: result %+v, want %+v", i, got, want)
		}
		it, revision, applied := m.Get([]byte("a"))
		if revision != step.revision || applied != uint64(i+1) || uint64(m.Len()) != step.len {
			t.Fatalf("step %d: revision %d, applied %d, %d keys", i, revision, applied, m.Len())
		}
		if it == nil {
			it = noItem
		}
		if it.CreateRevision() != step.create || it.ModRevision() != step.mod || it.Version() != step.version {
			t.Fatalf("step %d: item %+v", i, it)
		}
	}
	if got := m.LiveBytes(); got != 3 { // a, b and b's value
		t.Fatalf("%d live bytes, want 3", got)
	}
}

// An item owns its bytes: Raft may do what it likes with the entry's, and a
// small value does not hold a large entry in memory.
func TestItemOwnsItsBytes(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	data := put("key", "value")
	do(t, m, data)
	clear(data)
	it, _, _ := m.Get([]byte("key"))
	if it == nil || it.Key() != "key" || string(it.Value()) != "value" {
		t.Fatalf("item changed with the entry: %+v", it)
	}
	if cap(it.Value()) != len(it.Value()) {
		t.Fatalf("value has room for %d bytes more", cap(it.Value())-len(it.Value()))
	}
	if cmds := m.commands[:cap(m.commands)]; cmds[0].key != nil {
		t.Fatal("the applier still points into the entry")
	}
}

// Entries of other kinds move the applied index and nothing else.
func TestConfigurationMovesAppliedIndex(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	out := m.ApplyBatch([]*raft.Log{
		{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: []byte("not a batch")},
		entry(3, join(put("a", "1"), del("a"))),
		{Index: 4, Term: 2, Type: raft.LogConfiguration},
	})
	if len(out) != 3 || out[0] != nil || out[2] != nil {
		t.Fatalf("responses %v", out)
	}
	if r := out[1].([]Result); len(r) != 2 || r[0].Revision != 1 || r[1] != (Result{Revision: 2, Deleted: 1}) {
		t.Fatalf("results %+v", r)
	}
	if index, term := m.Applied(); index != 4 || term != 2 {
		t.Fatalf("applied %d of term %d, want 4 of term 2", index, term)
	}
}

// After a restore no entry at or below the snapshot's index has an effect.
func TestReplayIsIgnored(t *testing.T) {
	t.Parallel()
	m := New(Options{OnFatal: func(err error) { t.Errorf("stopped: %v", err) }})
	do(t, m, put("a", "1"))
	do(t, m, put("a", "2"))
	m = restored(t, persisted(t, m))
	before := m.Hash()
	for _, index := range []uint64{0, 1, 2} {
		err, _ := m.Apply(entry(index, put("a", "again"))).(error)
		if !errors.Is(err, ErrAlreadyApplied) {
			t.Fatalf("entry %d: response %v, want ErrAlreadyApplied", index, err)
		}
	}
	if out := m.Apply(&raft.Log{Index: 1, Term: 9, Type: raft.LogConfiguration}); out == nil {
		t.Fatal("an old configuration was applied again")
	}
	if index, term := m.Applied(); index != 2 || term != 1 || m.Hash() != before {
		t.Fatalf("replay changed the state: applied %d of term %d", index, term)
	}
	if r := do(t, m, put("a", "3")); r.Revision != 3 {
		t.Fatalf("revision %d after the replay, want 3", r.Revision)
	}
}

// An entry that cannot be applied stops the machine: none of its commands, and
// nothing after it, has an effect; no snapshot pretends otherwise.
func TestUnknownEntryStopsTheMachine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"torn":             {put("b", "2")[:4], ErrMalformed},
		"torn later":       {join(put("b", "2"), put("c", "3")[:4]), ErrMalformed},
		"not utf-8":        {[]byte("\x0a\x05\x22\x03\x0a\x01\xff"), ErrMalformed},
		"no operation":     {[]byte("\x0a\x00"), ErrUnknownCommand},
		"new operation":    {[]byte("\x0a\x03\xa2\x06\x00"), ErrUnknownCommand},
		"new batch field":  {join(put("b", "2"), []byte("\x12\x01x")), ErrUnknownCommand},
		"new put field":    {[]byte("\x0a\x07\x0a\x05\x0a\x01b\x30\x07"), ErrUnknownCommand},
		"new delete field": {[]byte("\x0a\x08\x12\x06\x0a\x01a\x22\x01x"), ErrUnknownCommand},
		"new stamp field":  {[]byte("\x0a\x09\x0a\x03\x0a\x01b\x7a\x02\x28\x01"), ErrUnknownCommand},
		"new deep field":   {[]byte("\x0a\x06\x1a\x04\x0a\x02\x30\x01"), ErrUnknownCommand},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told []error
			m := New(Options{OnFatal: func(err error) { told = append(told, err) }})
			do(t, m, put("a", "1"))
			good := persisted(t, m)
			before := m.Hash()

			out := m.ApplyBatch([]*raft.Log{entry(2, c.data), entry(3, put("d", "4")), {Index: 4, Type: raft.LogConfiguration}})
			for i, resp := range out {
				if err, _ := resp.(error); !errors.Is(err, ErrStopped) || !errors.Is(err, c.want) {
					t.Errorf("response %d is %v, want ErrStopped and %v", i, resp, c.want)
				}
			}
			if len(told) != 1 || !errors.Is(told[0], c.want) {
				t.Errorf("OnFatal got %v, want one error: %v", told, c.want)
			}
			if index, _ := m.Applied(); index != 1 || m.Hash() != before || m.Len() != 1 {
				t.Errorf("applied %d with %d keys, want the state at entry 1", index, m.Len())
			}
			if _, err := m.Snapshot(); !errors.Is(err, ErrStopped) {
				t.Errorf("snapshot of a stopped machine: %v", err)
			}
			if err := m.Restore(reader(good)); !errors.Is(err, ErrStopped) {
				t.Errorf("restore to a stopped machine: %v", err)
			}
		})
	}
}

// Commands above the limit are refused by all members alike, and do not stop them.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	fits := make([]byte, MaxItemBytes-1)
	if r := do(t, m, put("k", string(fits))); r.Err != nil {
		t.Fatal(r.Err)
	}
	if r := do(t, m, put("kk", string(fits))); !errors.Is(r.Err, ErrTooLarge) || r.Revision != 1 {
		t.Fatalf("result %+v, want ErrTooLarge", r)
	}
	long := string(fits) + "xx"
	if r := do(t, m, encoded(t, setCluster(long, ""))); !errors.Is(r.Err, ErrTooLarge) {
		t.Fatalf("cluster of a long name: %v", r.Err)
	}
	if r := do(t, m, encoded(t, setMember(long, "1", "", ""))); !errors.Is(r.Err, ErrTooLarge) {
		t.Fatalf("member of a long name: %v", r.Err)
	}
	if back := restored(t, persisted(t, m)); back.Hash() != m.Hash() {
		t.Fatal("the largest item does not survive a snapshot")
	}
}

// A reader that fails is not a corrupt snapshot, and a failed restore leaves the
// state in place.
func TestRestoreThatFails(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, put("a", "1"))
	before, at := m.Hash(), m.index
	broken := errors.New("disk on fire")
	err := m.Restore(io.NopCloser(iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || errors.Is(err, ErrCorruptSnapshot) {
		t.Fatalf("restore: %v, want the reader's error", err)
	}
	if err := m.Restore(reader(nil)); !errors.Is(err, ErrCorruptSnapshot) {
		t.Fatalf("restore of nothing: %v", err)
	}
	if m.Hash() != before || m.index != at {
		t.Fatal("a failed restore changed the state")
	}
	if r := do(t, m, put("a", "2")); r.Revision != 2 {
		t.Fatalf("revision %d after a failed restore, want 2", r.Revision)
	}
}

// A restore replaces everything, also by an older state: Raft goes on from there.
func TestRestoreGoesBack(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, put("old", "1"))
	old, oldHash := persisted(t, m), m.Hash()
	kept := m.View()
	do(t, m, put("new", "1"))
	do(t, m, encoded(t, setMember("n1", "1", "r", "k")))
	if err := m.Restore(reader(old)); err != nil {
		t.Fatal(err)
	}
	if index, _ := m.Applied(); index != 1 || m.Hash() != oldHash || len(m.Members()) != 0 || m.View() == kept {
		t.Fatalf("applied %d after going back, want the state at entry 1", index)
	}
	if r := do(t, m, put("new", "2")); r.Revision != 2 {
		t.Fatalf("revision %d, want 2", r.Revision)
	}
}
