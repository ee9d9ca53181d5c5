package fsm

import (
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// section is where in a snapshot a record belongs; they come in this order.
type section int

const (
	sectionStart section = iota
	sectionState
	sectionMembers
	sectionLeases
	sectionItems
	sectionSessions
	sectionChanges
	sectionEnd
)

// loader collects the records of a snapshot. It trusts none: a state that could
// not have come about is refused even if all checksums are right.
type loader struct {
	in       *recordReader
	at       section
	position position
	state    *state
	newest   *Item // of those so far
	// last is the newest version of each key in the changes so far.
	last map[string]*version
	// recent counts the items that the history has made, live the changes that say
	// they have made one.
	recent, live int
}

// readSnapshot builds a state from a snapshot, which it reads to its end.
func readSnapshot(r io.Reader) (*state, position, error) {
	l := &loader{in: newRecordReader(r), state: newState(), last: make(map[string]*version)}
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
	return l.state, l.position, nil
}

func (l *loader) record(b []byte) error {
	switch num, body, rest := cutField(b); {
	case num == fieldItem && len(rest) == 0:
		return l.item(body)
	case num == fieldChange && len(rest) == 0:
		return l.change(body)
	}
	rec := new(kvv1.SnapshotRecord)
	if err := proto.Unmarshal(b, rec); err != nil {
		return l.in.corrupt("%v", err)
	}
	if err := checkFields(rec.ProtoReflect()); err != nil && rec.GetState().GetFormat() <= SnapshotFormat {
		return l.in.corrupt("%v", err)
	}
	switch r := rec.GetRecord().(type) {
	case *kvv1.SnapshotRecord_State:
		return l.head(r.State)
	case *kvv1.SnapshotRecord_Member:
		return l.member(r.Member)
	case *kvv1.SnapshotRecord_Lease:
		return l.lease(r.Lease)
	case *kvv1.SnapshotRecord_Session:
		return l.session(r.Session)
	case *kvv1.SnapshotRecord_Trailer:
		return l.trailer(r.Trailer)
	}
	return l.in.corrupt("unknown kind")
}

// enter goes on to a section. The state and the trailer are one record each.
func (l *loader) enter(s section) error {
	again := s == l.at && s != sectionState && s != sectionEnd
	if first := l.at == sectionStart; first != (s == sectionState) || s <= l.at && !again {
		return l.in.corrupt("out of order")
	}
	if l.at <= sectionItems && s > sectionItems {
		l.state.index.settle()
	}
	l.at = s
	return nil
}

func (l *loader) head(h *kvv1.SnapshotState) error {
	if h.GetFormat() > SnapshotFormat {
		return fmt.Errorf("%w: format %d, this one reads up to %d", ErrNewerSnapshot, h.GetFormat(), SnapshotFormat)
	}
	if h.GetFormat() == 0 {
		return l.in.corrupt("no format")
	}
	l.position = position{h.GetAppliedIndex(), h.GetAppliedTerm()}
	s := l.state
	s.revision = h.GetRevision()
	s.cluster = cluster{h.GetClusterId(), h.GetClusterName()}
	s.oldest, s.lastLease, s.quota, s.forgotten = h.GetOldestRevision(), h.GetLastLease(), h.GetQuotaBytes(), h.GetForgottenIndex()
	s.recorded = s.oldest != 0
	if !s.recorded {
		s.oldest = s.revision + 1
	}
	if s.oldest > s.revision+1 || s.recorded && h.GetFormat() == 1 {
		return l.in.corrupt("oldest revision %d in a store of revision %d", s.oldest, s.revision)
	}
	return l.enter(sectionState)
}

func (l *loader) member(m *kvv1.Member) error {
	if err := l.enter(sectionMembers); err != nil {
		return err
	}
	s := l.state
	if n := len(s.members); n > 0 && s.members[n-1].GetName() >= m.GetName() {
		return l.in.corrupt("member %q after %q", m.GetName(), s.members[n-1].GetName())
	}
	with, err := s.members.with(m)
	if err != nil {
		return l.in.corrupt("member %q: %v", m.GetName(), err)
	}
	s.members = with
	return nil
}

func (l *loader) lease(m *kvv1.SnapshotLease) error {
	if err := l.enter(sectionLeases); err != nil {
		return err
	}
	before, any := l.state.leases.Max()
	if m.GetLease() == 0 || any && m.GetLease() <= before.id || m.GetLease() > l.state.lastLease || m.GetTtlMs() == 0 {
		return l.in.corrupt("lease %d of %d ms after lease %d of %d", m.GetLease(), m.GetTtlMs(), before.id, l.state.lastLease)
	}
	l.state.leases.Load(lease{id: m.GetLease(), ttl: m.GetTtlMs(), ephemeral: m.GetEphemeral()})
	return nil
}

func (l *loader) item(b []byte) error {
	if err := l.enter(sectionItems); err != nil {
		return err
	}
	f, err := decodeItem(b)
	if err != nil {
		return l.in.corrupt("%v", err)
	}
	if l.newest != nil && l.newest.Key() >= string(f.key) {
		return l.in.corrupt("key %q after %q", f.key, l.newest.Key())
	}
	s := l.state
	if !f.possible(s.revision) {
		return l.in.corrupt("key %q has create revision %d, mod revision %d, version %d in a store of revision %d",
			f.key, f.create, f.mod, f.version, s.revision)
	}
	if f.lease != 0 && !s.hasLease(f.lease) {
		return l.in.corrupt("key %q lives by the lease %d, which is not there", f.key, f.lease)
	}
	l.newest = f.item()
	sl := &slot{version{item: l.newest}}
	s.index.load(sl)
	s.live.Load(sl)
	s.liveBytes += l.newest.bytes()
	if f.lease != 0 {
		s.attach(f.lease, sl)
	}
	if f.mod >= s.oldest {
		l.recent++
	}
	return nil
}

// possible tells whether a store at that revision can hold such an item.
func (f *fields[T]) possible(revision uint64) bool {
	return f.create >= 1 && f.create <= f.mod && f.mod <= revision &&
		f.version >= 1 && f.version-1 <= f.mod-f.create && len(f.key)+len(f.value) <= MaxItemBytes
}

func (l *loader) session(m *kvv1.SnapshotSession) error {
	if err := l.enter(sectionSessions); err != nil {
		return err
	}
	s := l.state
	ss, ok := sessionOfMessage(m)
	if _, again := s.table.byID[ss.id]; !ok || again || ss.used > l.position.index {
		return l.in.corrupt("impossible session %x", ss.id)
	}
	s.table.turn++
	ss.turn, ss.epoch = s.table.turn, s.table.epoch
	s.remember(ss)
	s.table.bytes += ss.bytes
	return nil
}

func (l *loader) trailer(t *kvv1.SnapshotTrailer) error {
	if err := l.enter(sectionEnd); err != nil {
		return err
	}
	s := l.state
	for _, c := range []struct {
		what     string
		has      int
		expected uint64
	}{
		{"items", s.live.Len(), t.GetItems()},
		{"members", len(s.members), t.GetMembers()},
		{"leases", s.leases.Len(), t.GetLeases()},
		{"sessions", len(s.table.byID), t.GetSessions()},
		{"changes", s.changes.len(), t.GetChanges()},
	} {
		if uint64(c.has) != c.expected {
			return l.in.corrupt("the trailer counts %d %s, the file has %d", c.expected, c.what, c.has)
		}
	}
	return l.whole()
}
