package fsm

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// section is where in a snapshot a record belongs; they come in this order.
type section int

const (
	sectionStart section = iota
	sectionState
	sectionMembers
	sectionItems
	sectionEnd
)

// loader collects the records of a snapshot. It trusts none: a state that could
// not have come about is refused even if all checksums are right.
type loader struct {
	in       *recordReader
	at       section
	position position
	revision uint64
	cluster  cluster
	members  members
	items    []*Item
}

// readSnapshot builds a state from a snapshot, which it reads to its end.
func readSnapshot(r io.Reader) (*state, position, error) {
	l := &loader{in: newRecordReader(r)}
	for l.at != sectionEnd {
		b, err := l.in.next()
		if err != nil {
			return nil, position{}, err
		}
		if err := l.record(b); err != nil {
			return nil, position{}, err
		}
	}
	if err := l.in.end(); err != nil {
		return nil, position{}, err
	}
	return l.build(), l.position, nil
}

func (l *loader) record(b []byte) error {
	if num, body, rest := cutField(b); num == fieldItem && len(rest) == 0 {
		return l.item(body)
	}
	rec := new(kvv1.SnapshotRecord)
	if err := proto.Unmarshal(b, rec); err != nil {
		return l.in.corrupt("%v", err)
	}
	if err := checkFields(rec.ProtoReflect()); err != nil && rec.GetState().GetFormat() <= SnapshotFormat {
		return l.in.corrupt("%v", err)
	}
	switch {
	case rec.GetState() != nil:
		return l.state(rec.GetState())
	case rec.GetMember() != nil:
		return l.member(rec.GetMember())
	case rec.GetTrailer() != nil:
		return l.trailer(rec.GetTrailer())
	}
	return l.in.corrupt("unknown kind")
}

// enter goes on to a section. All but members and items have one record.
func (l *loader) enter(s section) error {
	again := s == l.at && (s == sectionMembers || s == sectionItems)
	if first := l.at == sectionStart; first != (s == sectionState) || s <= l.at && !again {
		return l.in.corrupt("out of order")
	}
	l.at = s
	return nil
}

func (l *loader) state(s *kvv1.SnapshotState) error {
	if s.GetFormat() > SnapshotFormat {
		return fmt.Errorf("%w: format %d, this one reads up to %d", ErrNewerSnapshot, s.GetFormat(), SnapshotFormat)
	}
	if s.GetFormat() == 0 {
		return l.in.corrupt("no format")
	}
	l.position = position{s.GetAppliedIndex(), s.GetAppliedTerm()}
	l.revision = s.GetRevision()
	l.cluster = cluster{s.GetClusterId(), s.GetClusterName()}
	return l.enter(sectionState)
}

func (l *loader) member(m *kvv1.Member) error {
	if err := l.enter(sectionMembers); err != nil {
		return err
	}
	if n := len(l.members); n > 0 && l.members[n-1].GetName() >= m.GetName() {
		return l.in.corrupt("member %q after %q", m.GetName(), l.members[n-1].GetName())
	}
	with, err := l.members.with(m)
	if err != nil {
		return l.in.corrupt("member %q: %v", m.GetName(), err)
	}
	l.members = with
	return nil
}

func (l *loader) item(b []byte) error {
	if err := l.enter(sectionItems); err != nil {
		return err
	}
	it, err := decodeItem(b)
	if err != nil {
		return l.in.corrupt("%v", err)
	}
	if n := len(l.items); n > 0 && l.items[n-1].Key >= it.Key {
		return l.in.corrupt("key %q after %q", it.Key, l.items[n-1].Key)
	}
	if !it.possible(l.revision) {
		return l.in.corrupt("key %q has create revision %d, mod revision %d, version %d in a store of revision %d",
			it.Key, it.CreateRevision, it.ModRevision, it.Version, l.revision)
	}
	l.items = append(l.items, it)
	return nil
}

// possible tells whether a store at that revision can hold such an item.
func (it *Item) possible(revision uint64) bool {
	return it.CreateRevision >= 1 && it.CreateRevision <= it.ModRevision && it.ModRevision <= revision &&
		it.Version >= 1 && it.Version-1 <= it.ModRevision-it.CreateRevision && it.bytes() <= MaxItemBytes
}

func (l *loader) trailer(t *kvv1.SnapshotTrailer) error {
	if t.GetItems() != uint64(len(l.items)) || t.GetMembers() != uint64(len(l.members)) {
		return l.in.corrupt("trailer counts %d items and %d members, the file has %d and %d",
			t.GetItems(), t.GetMembers(), len(l.items), len(l.members))
	}
	return l.enter(sectionEnd)
}

// build makes the state: the map in its final size, the tree by its bulk load.
func (l *loader) build() *state {
	s := newState()
	s.points = make(map[string]*Item, len(l.items))
	for _, it := range l.items {
		s.points[it.Key] = it
		s.order.Load(it)
		s.liveBytes += it.bytes()
	}
	s.revision, s.members, s.cluster = l.revision, l.members, l.cluster
	s.renew()
	return s
}

// errItemField is why decodeItem refuses what is no SnapshotItem of this format.
var errItemField = errors.New("malformed or unknown field of an item")

// decodeItem reads a SnapshotItem. The item owns its bytes.
func decodeItem(b []byte) (*Item, error) {
	var key, value []byte
	var numbers [fieldItemVer + 1]uint64 // by field
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, errItemField
		}
		var m int
		switch {
		case num == fieldItemKey && typ == protowire.BytesType:
			key, m = protowire.ConsumeBytes(b[n:])
		case num == fieldItemValue && typ == protowire.BytesType:
			value, m = protowire.ConsumeBytes(b[n:])
		case num >= fieldItemCreate && num <= fieldItemVer && typ == protowire.VarintType:
			numbers[num], m = protowire.ConsumeVarint(b[n:])
		default:
			return nil, errItemField
		}
		if m < 0 {
			return nil, errItemField
		}
		b = b[n+m:]
	}
	it := newItem(key, value)
	it.CreateRevision, it.ModRevision, it.Version = numbers[fieldItemCreate], numbers[fieldItemMod], numbers[fieldItemVer]
	return it, nil
}
