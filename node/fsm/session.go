package fsm

import (
	"cmp"
	"container/list"
	"slices"

	"github.com/tidwall/btree"
)

// limits of what is remembered of clients. They are part of the state machine: all
// members must have the same.
type sessionLimits struct {
	sessions int    // that are remembered
	results  int    // of one session
	bytes    uint64 // of all results
}

var defaultSessionLimits = sessionLimits{sessions: 10_000, results: 4096, bytes: 64 << 20}

// stamp is what makes a command of a client happen once; see Stamp in kv.proto.
type stamp struct{ session, sequence, acknowledged, opened uint64 }

// session is what is remembered of one client: the results of its commands that
// it may not have seen yet (section 6.3 of Ongaro's thesis).
type session struct {
	id           uint64
	acknowledged uint64
	used         uint64    // index of the entry that used it last
	turn         uint64    // orders sessions by their last use
	results      []outcome // by sequence
	bytes        uint64    // of results
	epoch        uint64    // of the table when it was made; see own
	// shared tells that a view may read what is in the array of results so far.
	shared bool
}

// sessionTable finds sessions and knows the order of their last use. The sessions
// themselves are also in data.sessions, which is frozen by a copy.
type sessionTable struct {
	limits sessionLimits
	byID   map[uint64]*list.Element // of *session
	recent *list.List               // of *session, the least recently used first
	turn   uint64
	bytes  uint64
	epoch  uint64 // counts the freezes
}

func newSessionTable() sessionTable {
	return sessionTable{limits: defaultSessionLimits, byID: make(map[uint64]*list.Element), recent: list.New()}
}

func newSessions() *btree.BTreeG[*session] {
	byID := func(a, b *session) bool { return a.id < b.id }
	return btree.NewBTreeGOptions(byID, btree.Options{Degree: degree, NoLocks: true})
}

// once carries out a stamped command of the entry at index, unless it was carried
// out before: then it returns what that came to.
func (s *state) once(c *command, index uint64) Result {
	e, err := s.sessionOf(&c.stamp, index)
	if err != nil {
		return Result{Revision: s.revision, Err: err}
	}
	ss := s.own(e)
	s.table.turn++
	ss.used, ss.turn = index, s.table.turn
	s.table.recent.MoveToBack(e)
	s.acknowledge(ss, c.stamp.acknowledged)
	at, known := ss.find(c.stamp.sequence)
	switch {
	case known:
		return ss.results[at].result()
	case c.stamp.sequence < ss.acknowledged || len(ss.results) >= s.table.limits.results:
		return Result{Revision: s.revision, Err: ErrSequence}
	}
	r := s.do(c)
	k := outcomeOf(c.stamp.sequence, &r)
	ss.keep(at, k)
	s.account(ss, int64(k.bytes()))
	s.forget()
	return r
}

// sessionOf returns the session of a stamp, and makes it if it can only be new: it
// was opened after the last use of every session that is forgotten.
func (s *state) sessionOf(st *stamp, index uint64) (*list.Element, error) {
	if e, ok := s.table.byID[st.session]; ok {
		return e, nil
	}
	if st.opened < s.forgotten {
		return nil, ErrSessionUnknown
	}
	ss := &session{id: st.session, used: index, epoch: s.table.epoch}
	s.remember(ss)
	s.forget()
	return s.table.byID[st.session], nil
}

func (s *state) remember(ss *session) {
	s.table.byID[ss.id] = s.table.recent.PushBack(ss)
	s.sessions.Set(ss)
}

// own returns the session for changing it. One that a view may hold is copied
// first, once after each freeze, but for its results: see shared.
func (s *state) own(e *list.Element) *session {
	ss := e.Value.(*session)
	if ss.epoch == s.table.epoch {
		return ss
	}
	mine := *ss
	mine.epoch, mine.shared = s.table.epoch, true
	e.Value = &mine
	s.sessions.Set(&mine)
	return &mine
}

// acknowledge drops the results that the client does not need any more.
func (s *state) acknowledge(ss *session, below uint64) {
	if below <= ss.acknowledged {
		return
	}
	ss.acknowledged = below
	n := 0
	for ; n < len(ss.results) && ss.results[n].sequence < below; n++ {
		s.account(ss, -int64(ss.results[n].bytes()))
	}
	rest := ss.results[n:]
	switch {
	case !ss.shared:
		clear(ss.results[:n])
		if len(rest) == 0 {
			rest = ss.results[:0]
		}
	case len(rest) == 0: // an array that a view had must not outlive it for what was in it
		rest, ss.shared = nil, false
	case n >= len(rest):
		rest, ss.shared = slices.Clone(rest), false
	}
	// What is left is mostly not moved to the front, which would cost each command as
	// much as there are commands under way: append moves it when the end is reached.
	ss.results = rest
}

func (s *state) account(ss *session, bytes int64) {
	ss.bytes += uint64(bytes) // wraps around as it should
	s.table.bytes += uint64(bytes)
}

// forget drops the least recently used sessions that are too many, or whose
// results are too large together.
func (s *state) forget() {
	for s.table.recent.Len() > s.table.limits.sessions || s.table.bytes > s.table.limits.bytes {
		e := s.table.recent.Front()
		ss := e.Value.(*session)
		s.table.recent.Remove(e)
		delete(s.table.byID, ss.id)
		s.sessions.Delete(ss)
		s.table.bytes -= ss.bytes
		s.forgotten = max(s.forgotten, ss.used)
	}
}

// freezeSessions returns the sessions for a view; from now on each is copied
// before it is changed.
func (s *state) freezeSessions() *btree.BTreeG[*session] {
	s.table.epoch++
	return s.sessions.Copy()
}

// byTurn returns the sessions of a view, the least recently used first.
func (d *data) byTurn() []*session {
	all := make([]*session, 0, d.sessions.Len())
	d.sessions.Scan(func(ss *session) bool {
		all = append(all, ss)
		return true
	})
	slices.SortFunc(all, func(a, b *session) int { return cmp.Compare(a.turn, b.turn) })
	return all
}
