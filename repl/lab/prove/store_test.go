package prove

import (
	"context"
	"slices"
	"sync"

	"kv/client/linear"
	"kv/client/lossy"
	"kv/proto/kverr"
)

// store is a register for each key, with faults to order.
type store struct {
	mu    sync.Mutex
	keys  map[string]linear.Answered
	older map[string]linear.Answered // what each was before
	rev   uint64
	stale bool // reads give what was before
	down  bool // nobody answers: writes are of unknown outcome
	empty bool // nobody is in the member table
	torn  bool // a transaction reads some keys as they were before

	operated []string // what an operator has asked for
	removed  map[string]bool
	leaves   func(name string) // told of removals
	lose     lossy.Lose        // of the client dialled last
}

func newStore() *store {
	return &store{keys: map[string]linear.Answered{}, older: map[string]linear.Answered{}, removed: map[string]bool{}}
}

func (s *store) set(change func(*store)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *store) Put(_ context.Context, key string, value []byte, ifRevision *uint64) (linear.Answered, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return linear.Answered{}, kverr.ErrTimeout
	}
	if at := s.keys[key].Revision; ifRevision != nil && *ifRevision != at {
		return linear.Answered{}, kverr.ErrConflict.WithRevision(at)
	}
	s.rev++
	s.older[key] = s.keys[key]
	s.keys[key] = linear.Answered{Value: slices.Clone(value), Revision: s.rev, Member: "n1"}
	return linear.Answered{Revision: s.rev, Member: "n1"}, nil
}

func (s *store) Get(_ context.Context, key string, _ linear.Read) (linear.Answered, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return linear.Answered{}, kverr.ErrNoLeader
	}
	a := s.keys[key]
	if s.stale {
		a = s.older[key]
	}
	a.Absent = a.Revision == 0
	return a, nil
}

func (s *store) Txn(_ context.Context, value []byte, parts []linear.Part) (linear.TxnAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return linear.TxnAnswer{}, kverr.ErrTimeout
	}
	a := linear.TxnAnswer{Succeeded: true, Member: "n1", Saw: map[string]linear.Answered{}}
	for _, p := range parts {
		a.Succeeded = a.Succeeded && !(p.Compare && s.keys[p.Key].Revision != p.Expect)
	}
	if a.Succeeded {
		s.rev++
	}
	for _, p := range parts {
		if a.Succeeded && p.Put {
			s.older[p.Key] = s.keys[p.Key]
			s.keys[p.Key] = linear.Answered{Value: slices.Clone(value), Revision: s.rev, Member: "n1"}
			continue
		}
		saw := s.keys[p.Key]
		if s.torn && !p.Compare {
			saw = s.older[p.Key]
		}
		saw.Absent = saw.Revision == 0
		a.Saw[p.Key] = saw
	}
	a.Revision = s.rev
	return a, nil
}

func (s *store) Delete(context.Context, string) (linear.Answered, error) {
	return linear.Answered{}, kverr.ErrNoLeader
}

func (s *store) Transfer(_ context.Context, name string) error {
	return s.asked("transferred to " + name)
}
func (s *store) Snapshot(_ context.Context, name string) error {
	return s.asked("snapshot of " + name)
}
func (s *store) Remove(_ context.Context, name string) error {
	s.set(func(s *store) { s.removed[name] = true })
	s.leaves(name)
	return s.asked("removed " + name)
}

func (s *store) asked(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operated = append(s.operated, what)
	return nil
}

func (s *store) Roll(context.Context) (members, voters []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{"n1", "n2", "n3"} {
		if !s.removed[name] {
			members = append(members, name)
		}
	}
	return members, members, nil
}

func (s *store) Members(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.empty {
		return nil, nil
	}
	return []string{"n1", "n2", "n3"}, nil
}

func (s *store) Close() error { return nil }
