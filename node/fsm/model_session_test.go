package fsm

import (
	"slices"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// modelSession is what is remembered of a client's session.
type modelSession struct {
	id, acknowledged, used uint64
	results                map[uint64]Result // by sequence
}

// Limits of the model, which its machines get, too: so small that all are met.
const (
	modelSessions = 3
	modelResults  = 4
	modelBytes    = 1500
)

// once carries out a stamped command, or tells what it came to before.
func (m *model) once(c *kvv1.Command) Result {
	s, stamp := m.session(c.GetStamp()), c.GetStamp()
	if s == nil {
		return Result{Revision: m.revision, Err: ErrSessionUnknown}
	}
	s.used = m.index
	if a := stamp.GetAcknowledged(); a > s.acknowledged {
		s.acknowledged = a
		for sequence := range s.results {
			if sequence < a {
				delete(s.results, sequence)
			}
		}
	}
	if r, ok := s.results[stamp.GetSequence()]; ok {
		return r
	}
	if stamp.GetSequence() < s.acknowledged || len(s.results) >= modelResults {
		return Result{Revision: m.revision, Err: ErrSequence}
	}
	r := m.carryOut(c)
	s.results[stamp.GetSequence()] = r
	m.forget()
	return r
}

// session finds the session of a stamp, or makes it, and puts it last.
func (m *model) session(stamp *kvv1.Stamp) *modelSession {
	s := &modelSession{id: stamp.GetSession(), results: map[uint64]Result{}}
	i := slices.IndexFunc(m.sessions, func(s *modelSession) bool { return s.id == stamp.GetSession() })
	switch {
	case i >= 0:
		s = m.sessions[i]
		m.sessions = slices.Delete(m.sessions, i, i+1)
	case stamp.GetOpened() < m.forgotten:
		return nil
	}
	m.sessions = append(m.sessions, s)
	m.forget()
	return s
}

// forget drops the sessions that were not used for longest, if there are too many
// or they hold too much.
func (m *model) forget() {
	for len(m.sessions) > modelSessions || m.resultBytes() > modelBytes {
		m.forgotten = max(m.forgotten, m.sessions[0].used)
		m.sessions = slices.Clone(m.sessions[1:])
	}
}

// resultBytes is what all results count for: 128 bytes each, and what is read.
func (m *model) resultBytes() (n int) {
	for _, s := range m.sessions {
		for _, r := range s.results {
			n += 128
			if r.KV != nil {
				n += len(r.KV.Key()) + len(r.KV.Value())
			}
			if r.Txn != nil {
				for _, op := range r.Txn.Results {
					n += proto.Size(op)
				}
			}
		}
	}
	return n
}
