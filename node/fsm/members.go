package fsm

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// members is the member table, sorted by name. It is immutable: with and
// without return a new one, so that views share it. On an error they return the
// table as it was.
type members []*kvv1.Member

// find returns where the member stands, or where it would.
func (ms members) find(name string) (int, bool) {
	return slices.BinarySearchFunc(ms, name, func(m *kvv1.Member, name string) int {
		return strings.Compare(m.GetName(), name)
	})
}

// with adds m, or gives the member of its name and incarnation the addresses
// and the version of m. The caller gives m away.
func (ms members) with(m *kvv1.Member) (members, error) {
	i, known := ms.find(m.GetName())
	switch {
	case m.GetName() == "" || m.GetIncarnation() == "":
		return ms, ErrInvalid
	case proto.Size(m) > MaxItemBytes:
		return ms, ErrTooLarge
	case known && ms[i].GetIncarnation() != m.GetIncarnation():
		return ms, ErrNameTaken
	case slices.ContainsFunc(ms, func(other *kvv1.Member) bool { return collide(other, m) }):
		return ms, ErrAddressTaken
	case known:
		changed := slices.Clone(ms)
		changed[i] = m
		return changed, nil
	}
	return slices.Insert(slices.Clip(slices.Clone(ms)), i, m), nil
}

func (ms members) without(name, incarnation string) (members, error) {
	i, known := ms.find(name)
	if !known || ms[i].GetIncarnation() != incarnation {
		return ms, ErrMemberNotFound
	}
	return slices.Delete(slices.Clone(ms), i, i+1), nil
}

// collide tells whether two members claim the same address, be it for the same
// port or one's Raft port for the other's client port. An empty one is none.
func collide(a, b *kvv1.Member) bool {
	if a.GetName() == b.GetName() {
		return false
	}
	for _, x := range []string{a.GetRaftAddress(), a.GetKvAddress()} {
		if x != "" && (x == b.GetRaftAddress() || x == b.GetKvAddress()) {
			return true
		}
	}
	return false
}

// copies returns the table as messages that the caller owns.
func (ms members) copies() []*kvv1.Member {
	out := make([]*kvv1.Member, len(ms))
	for i, m := range ms {
		out[i] = proto.CloneOf(m)
	}
	return out
}

// get returns a copy of the member of that name.
func (ms members) get(name string) (*kvv1.Member, bool) {
	i, known := ms.find(name)
	if !known {
		return nil, false
	}
	return proto.CloneOf(ms[i]), true
}
