package client

import (
	"sync"
	"sync/atomic"

	"kv/proto/kverr"

	kvv1 "kv/proto/kv/v1"
)

// maxMembers bounds the member table that the client believes.
const maxMembers = 48

// table is what the client knows of the cluster.
type table struct {
	seeds []string // as given to Dial

	mu      sync.Mutex   // guards what follows
	members []Member     // of the last Members answer, with usable addresses
	leader  kverr.Leader // zero if none is believed in
	id      string       // of the cluster, from the first answer; never changes
	last    string       // address that answered last
	learned kverr.Leader // leader at the time of the last background question
	asked   bool
	sorted  []string // what order has returned; nil once that is not so any more

	applied atomic.Uint64 // highest applied index that a member told; changed under mu
}

func newTable(seeds []string) *table { return &table{seeds: seeds} }

// order returns the addresses in the order in which to try them. The slice is only
// to be read.
func (t *table) order() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sorted == nil {
		t.sorted = t.sort()
	}
	return t.sorted
}

func (t *table) sort() []string {
	addresses := append([]string{t.leader.Address, t.last}, t.seeds...)
	for _, m := range t.members {
		addresses = append(addresses, m.KVAddress)
	}
	return distinct(addresses)
}

// distinct returns the addresses without the empty ones and repetitions.
func distinct(addresses []string) []string {
	seen := make(map[string]bool, len(addresses))
	out := make([]string, 0, len(addresses))
	for _, a := range addresses {
		if a != "" && !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// cluster returns the id of the cluster that this client talks to, "" before the
// first answer.
func (t *table) cluster() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id
}

// answered notes that a member at address answered, and which leader it knows. The
// first answer that names a cluster settles which one this client is of; those of
// all others are refused. It reports, once for each leader, that the members should
// be asked for.
func (t *table) answered(address string, h *kvv1.Header) (fresh bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.sameCluster(h); err != nil {
		return false, err
	}
	if t.last != address {
		t.last, t.sorted = address, nil
	}
	t.applied.Store(max(t.applied.Load(), h.GetAppliedIndex()))
	l := h.GetLeader()
	if l != nil {
		t.hearLocked(kverr.Leader{Name: l.GetName(), Address: l.GetAddress(), Term: l.GetTerm()})
	}
	now := kverr.Leader{Name: l.GetName(), Term: l.GetTerm()}
	return h.GetClusterId() != "" && (!t.asked || t.learned != now), nil
}

// sameCluster takes the cluster from the first answer that names one. t.mu is held.
func (t *table) sameCluster(h *kvv1.Header) error {
	switch id := h.GetClusterId(); {
	case id == "" || id == t.id:
		return nil
	case t.id == "":
		t.id = id
		return nil
	default:
		e := *ErrClusterMismatch.Withf("%s belongs to cluster %s, not to %s", h.GetMember(), id, t.id)
		e.Outcome = Unknown // whatever was asked, a stranger has done it
		return &e
	}
}

// hear notes a hint about the leader.
func (t *table) hear(l kverr.Leader) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hearLocked(l)
}

// hearLocked believes the news of the highest term. t.mu is held.
func (t *table) hearLocked(l kverr.Leader) {
	if l != t.leader && l.Term >= t.leader.Term && checkAddress(l.Address) == nil {
		t.leader, t.sorted = l, nil
	}
}

// doubt drops the belief that the member at address leads, and with it the term,
// so that no made-up term is believed for ever.
func (t *table) doubt(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sorted = nil
	if t.leader.Address == address {
		t.leader = kverr.Leader{}
	}
	if t.last == address {
		t.last = ""
	}
}

// learn takes over the members of an answer. One without members, as from a node
// that waits, teaches nothing.
func (t *table) learn(resp *kvv1.MembersResponse) {
	var members []Member
	for _, m := range resp.GetMembers() {
		if len(members) == maxMembers {
			break
		}
		if checkAddress(m.GetMember().GetKvAddress()) == nil {
			members = append(members, memberOf(m.GetMember()))
		}
	}
	if len(members) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.members, t.sorted = members, nil
}

// shouldLearn reports, once for each leader, that the members should be asked for.
func (t *table) shouldLearn(l *kvv1.Leader) bool {
	now := kverr.Leader{Name: l.GetName(), Term: l.GetTerm()}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked && t.learned == now {
		return false
	}
	t.asked, t.learned = true, now
	return true
}

// find returns the client address of a member by name.
func (t *table) find(name string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.members {
		if m.Name == name {
			return m.KVAddress, true
		}
	}
	if name != "" && t.leader.Name == name && t.leader.Address != "" {
		return t.leader.Address, true
	}
	return "", false
}
