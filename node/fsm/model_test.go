package fsm

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// model is the store as a person would write it down: a plain map, and counting.
type model struct {
	items    map[string]Item
	members  map[string]string // incarnation by name
	revision uint64
}

// apply does c and returns what should come of it.
func (m *model) apply(c *kvv1.Command) Result {
	var r Result
	switch op := c.GetOp().(type) {
	case *kvv1.Command_Put:
		m.revision++
		key := string(op.Put.GetKey())
		it, ok := m.items[key]
		if !ok {
			it = Item{Key: key, CreateRevision: m.revision}
		}
		it.Value, it.ModRevision, it.Version = op.Put.GetValue(), m.revision, it.Version+1
		m.items[key] = it
	case *kvv1.Command_Delete:
		if _, ok := m.items[string(op.Delete.GetKey())]; ok {
			m.revision++
			r.Deleted = 1
			delete(m.items, string(op.Delete.GetKey()))
		}
	case *kvv1.Command_SetMember:
		name, inc := op.SetMember.GetMember().GetName(), op.SetMember.GetMember().GetIncarnation()
		if old, ok := m.members[name]; ok && old != inc {
			r.Err = ErrNameTaken
		} else {
			m.members[name] = inc
		}
	case *kvv1.Command_RemoveMember:
		if inc, ok := m.members[op.RemoveMember.GetName()]; !ok || inc != op.RemoveMember.GetIncarnation() {
			r.Err = ErrMemberNotFound
		} else {
			delete(m.members, op.RemoveMember.GetName())
		}
	}
	r.Revision = m.revision
	return r
}

// sorted lists the model's items whose key begins with prefix.
func (m *model) sorted(prefix string) []Item {
	var out []Item
	for _, it := range m.items {
		if strings.HasPrefix(it.Key, prefix) {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// check compares a view with the model, by scan and by key.
func (m *model) check(t *rapid.T, v *View, prefix string) {
	want := m.sorted(prefix)
	var got []Item
	v.Scan([]byte(prefix), func(it *Item) bool { got = append(got, *it); return true })
	if !slices.EqualFunc(got, want, sameItem) {
		t.Fatalf("scan of %q gives %+v, want %+v", prefix, got, want)
	}
	for _, it := range want {
		if one := v.Get([]byte(it.Key)); one == nil || !sameItem(*one, it) {
			t.Fatalf("get of %q gives %+v, want %+v", it.Key, one, it)
		}
	}
	if v.Len() != len(m.items) || v.Revision() != m.revision || len(v.Members()) != len(m.members) {
		t.Fatalf("%d keys at revision %d with %d members, want %d at %d with %d",
			v.Len(), v.Revision(), len(v.Members()), len(m.items), m.revision, len(m.members))
	}
	live := 0
	for _, it := range m.items {
		live += len(it.Key) + len(it.Value)
	}
	if v.LiveBytes() != uint64(live) {
		t.Fatalf("%d live bytes, want %d", v.LiveBytes(), live)
	}
}

func sameItem(a, b Item) bool {
	return a.Key == b.Key && bytes.Equal(a.Value, b.Value) && a.CreateRevision == b.CreateRevision &&
		a.ModRevision == b.ModRevision && a.Version == b.Version
}

// Keys are short and of few letters, so that they meet and share prefixes, or
// random, so that the tree grows.
func anyKey(t *rapid.T) []byte {
	if rapid.Bool().Draw(t, "wide") {
		return rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "key")
	}
	return []byte(rapid.StringMatching(`[ab\xff]{0,3}`).Draw(t, "key"))
}

func modelCommand(t *rapid.T) *kvv1.Command {
	name := rapid.SampledFrom([]string{"n1", "n2", "n3"})
	inc := rapid.SampledFrom([]string{"i1", "i2"})
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return setMember(name.Draw(t, "name"), inc.Draw(t, "incarnation"), "", "")
	case 1:
		return removeMember(name.Draw(t, "name"), inc.Draw(t, "incarnation"))
	case 2, 3, 4:
		return deleteCommand(anyKey(t))
	}
	return putCommand(anyKey(t), rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "value"))
}

// pair is a machine under test beside the model, and the views taken on the way.
type pair struct {
	m     *Machine
	model model
	index uint64
	kept  []kept
}

// kept is a view with what it showed when it was taken.
type kept struct {
	view *View
	hash Hash
	keys []string
}

func (p *pair) apply(t *rapid.T) {
	var data []byte
	var want []Result
	for _, c := range rapid.SliceOfN(rapid.Custom(modelCommand), 0, 40).Draw(t, "batch") {
		data = appendHot(t, data, c)
		want = append(want, p.model.apply(c))
	}
	before := p.m.Revision()
	p.index += uint64(rapid.IntRange(1, 3).Draw(t, "step")) // Raft keeps no-ops to itself
	got, ok := p.m.ApplyBatch([]*raft.Log{entry(p.index, data)})[0].([]Result)
	if !ok || !slices.Equal(got, want) {
		t.Fatalf("results %+v, want %+v", got, want)
	}
	for _, r := range got {
		if r.Revision < before || r.Revision > before+1 {
			t.Fatalf("revision went from %d to %d", before, r.Revision)
		}
		before = r.Revision
	}
}

// TestAgainstModel: whatever is applied, restored and looked at in whatever
// order, machine and map agree, and old views stay as they were.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := &pair{m: New(Options{}), model: model{items: map[string]Item{}, members: map[string]string{}}}
		t.Repeat(map[string]func(*rapid.T){
			"apply": p.apply,
			"replay": func(t *rapid.T) {
				if _, ok := p.m.Apply(entry(p.index, put("replayed", "x"))).(error); !ok {
					t.Fatal("an old entry was applied")
				}
			},
			"view": func(t *rapid.T) {
				v := p.m.View()
				p.kept = append(p.kept, kept{v, v.Hash(), keys(v, "")})
			},
			"restore into a new machine": func(t *rapid.T) {
				var file bytes.Buffer
				if err := p.m.View().WriteSnapshot(&file); err != nil {
					t.Fatal(err)
				}
				before := p.m.Hash()
				p.m = New(Options{})
				if err := p.m.Restore(reader(file.Bytes())); err != nil {
					t.Fatal(err)
				}
				if p.m.Hash() != before {
					t.Fatal("the restored machine has another hash")
				}
			},
			"torn restore": func(t *rapid.T) {
				var file bytes.Buffer
				if err := p.m.View().WriteSnapshot(&file); err != nil {
					t.Fatal(err)
				}
				n := rapid.IntRange(0, file.Len()-1).Draw(t, "length")
				if err := p.m.Restore(reader(file.Bytes()[:n])); err == nil {
					t.Fatal("a torn snapshot was restored")
				}
			},
			"": func(t *rapid.T) {
				p.model.check(t, p.m.View(), string(anyKey(t)))
				if index, _ := p.m.Applied(); index != p.index {
					t.Fatalf("applied %d, want %d", index, p.index)
				}
				for _, k := range p.kept {
					if k.view.Hash() != k.hash || !slices.Equal(keys(k.view, ""), k.keys) {
						t.Fatalf("a view at revision %d has changed", k.view.Revision())
					}
				}
			},
		})
	})
}

// The same commands in any split into entries and calls make the same state, also
// on a member that starts from a snapshot half-way.
func TestSplitsMakeNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		commands := rapid.SliceOfN(rapid.Custom(modelCommand), 1, 300).Draw(t, "commands")
		one := New(Options{})
		one.Apply(entry(1, encodeAll(t, commands)))

		other := New(Options{})
		var logs []*raft.Log
		for index := uint64(1); len(commands) > 0; index++ {
			n := rapid.IntRange(1, len(commands)).Draw(t, "entry")
			logs = append(logs, entry(index, encodeAll(t, commands[:n])))
			commands = commands[n:]
		}
		half := rapid.IntRange(0, len(logs)).Draw(t, "restart")
		other.ApplyBatch(logs[:half])
		var file bytes.Buffer
		if err := other.View().WriteSnapshot(&file); err != nil {
			t.Fatal(err)
		}
		other = New(Options{})
		if err := other.Restore(reader(file.Bytes())); err != nil {
			t.Fatal(err)
		}
		other.ApplyBatch(logs) // with those that the snapshot has already
		if one.Hash() != other.Hash() {
			t.Fatalf("hash %s in one entry, %s in %d", one.Hash(), other.Hash(), len(logs))
		}
	})
}

func encodeAll(t *rapid.T, commands []*kvv1.Command) (data []byte) {
	for _, c := range commands {
		data = appendHot(t, data, c)
	}
	return data
}
