package node

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Leases end by the leader's clock alone. Why a lease that is kept alive does not
// end too early, whoever leads:
//
// A holder counts its time from when it sent the request that was answered last.
// The leader that answered had put the deadline to a whole time after the request
// arrived, which is later, and does not propose the end before that. It answered
// after a majority had confirmed its term (confirmLeadership): every other leader
// that could end the lease was elected after the request had arrived. Such a leader
// gives each lease its whole time from when it is established, which is later
// still. The end that an earlier leader has proposed is in the log of the next one
// or never will be: it is applied before that one is established, and before it is
// nobody's lease is kept alive.
//
// A leader that was deposed and does not know it, such as a process that was
// paused, may find all its leases due when it wakes up. What it proposes then
// carries its old term, and no majority takes it.
//
// All this takes for granted that clocks run equally fast, not that they agree.

// tenures are the deadlines of the leases, as a leader sees them. It knows no clock:
// times are passed in, and may be of any epoch.
type tenures struct {
	byID  map[uint64]*tenure
	queue tenureQueue
	// seen is the highest id that was adopted.
	seen uint64
	// ended are the leases whose end has been decided, which is never taken back.
	ended map[uint64]struct{}
}

type tenure struct {
	id       uint64
	ttl      time.Duration
	deadline time.Time
	place    int // in the queue; -1 once the end has been decided
}

func newTenures() *tenures {
	return &tenures{byID: make(map[uint64]*tenure), ended: make(map[uint64]struct{})}
}

// adopt takes in the next lease, which is the one with the lowest id above seen.
func (t *tenures) adopt(l fsm.Lease, now time.Time) {
	t.seen = max(t.seen, l.ID)
	t.adoptOne(l, now)
}

// adoptOne takes in a lease with its whole time from now on, if it is new here.
func (t *tenures) adoptOne(l fsm.Lease, now time.Time) {
	if t.byID[l.ID] != nil {
		return
	}
	lease := &tenure{id: l.ID, ttl: l.TTL, deadline: now.Add(l.TTL)}
	t.byID[l.ID] = lease
	heap.Push(&t.queue, lease)
}

// renew gives a lease its whole time from now on. It reports false for one that it
// does not know, or whose end has been decided.
func (t *tenures) renew(id uint64, now time.Time) (ttl time.Duration, ok bool) {
	lease := t.byID[id]
	if lease == nil || lease.place < 0 {
		return 0, false
	}
	if deadline := now.Add(lease.ttl); deadline.After(lease.deadline) {
		lease.deadline = deadline
		heap.Fix(&t.queue, lease.place)
	}
	return lease.ttl, true
}

// lives reports whether a lease is known and its end has not been decided.
func (t *tenures) lives(id uint64) bool {
	lease := t.byID[id]
	return lease != nil && lease.place >= 0
}

// remaining returns how much time a lease has left.
func (t *tenures) remaining(id uint64, now time.Time) time.Duration {
	if lease := t.byID[id]; lease != nil && lease.place >= 0 {
		return max(lease.deadline.Sub(now), 0)
	}
	return 0
}

// due decides the end of the leases whose time is over, and returns up to limit
// of those whose end has been decided and has not come yet.
func (t *tenures) due(now time.Time, limit int) []uint64 {
	for len(t.queue) > 0 && !t.queue[0].deadline.After(now) {
		lease := heap.Pop(&t.queue).(*tenure)
		t.ended[lease.id] = struct{}{}
	}
	var ids []uint64
	for id := range t.ended {
		if len(ids) == limit {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// forget drops a lease that is no more.
func (t *tenures) forget(id uint64) {
	if lease := t.byID[id]; lease != nil && lease.place >= 0 {
		heap.Remove(&t.queue, lease.place)
	}
	delete(t.byID, id)
	delete(t.ended, id)
}

// sweep forgets all leases that are no more.
func (t *tenures) sweep(exists func(id uint64) bool) {
	for id := range t.byID {
		if !exists(id) {
			t.forget(id)
		}
	}
}

// tenureQueue is a heap: the next deadline comes first.
type tenureQueue []*tenure

func (q tenureQueue) Len() int           { return len(q) }
func (q tenureQueue) Less(i, j int) bool { return q[i].deadline.Before(q[j].deadline) }

func (q tenureQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push implements heap.Interface.
func (q *tenureQueue) Push(x any) {
	lease := x.(*tenure)
	lease.place = len(*q)
	*q = append(*q, lease)
}

// Pop implements heap.Interface.
func (q *tenureQueue) Pop() any {
	last := len(*q) - 1
	lease := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	lease.place = -1
	return lease
}

// lessor holds the tenures while this member leads and is established.
type lessor struct {
	mu      sync.Mutex
	tenures *tenures // guarded by mu; nil at other times
}

// with calls fn with the tenures. Errors: ErrNoLeader when there are none.
func (l *lessor) with(m *member, fn func(*tenures)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tenures == nil {
		return m.notReady()
	}
	fn(l.tenures)
	return nil
}

func (l *lessor) set(t *tenures) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tenures = t
}

const (
	// lessorTick is how late a lease may end because nobody looks: short against
	// the shortest time to live.
	lessorTick = 20 * time.Millisecond
	// adoptAtOnce and endAtOnce bound one look at the leases.
	adoptAtOnce, endAtOnce = 1000, 512
	// unswept is how many leases that are no more may be remembered, beside as many
	// as there are.
	unswept = 1000
)

// keepLeases ends the leases whose time is over, for as long as this member leads.
// It is called when the leader is established.
func (m *member) keepLeases(ctx context.Context) {
	m.lessor.set(newTenures())
	defer m.lessor.set(nil)
	tick := time.NewTicker(lessorTick)
	defer tick.Stop()
	for {
		var due []uint64
		m.lessor.with(m, func(t *tenures) { // there are tenures: we have set them
			m.adoptLeases(t)
			due = t.due(m.cfg.Now(), endAtOnce)
		})
		m.endLeases(ctx, due)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// adoptLeases takes in what was granted since the last look.
func (m *member) adoptLeases(t *tenures) {
	for {
		leases := m.machine.Leases(t.seen, adoptAtOnce)
		for _, l := range leases {
			t.adopt(l, m.cfg.Now())
		}
		if len(leases) < adoptAtOnce {
			break
		}
	}
	if len(t.byID) > 2*m.machine.LeaseCount()+unswept {
		t.sweep(m.leaseExists)
	}
}

func (m *member) leaseExists(id uint64) bool {
	_, ok := m.machine.Lease(id)
	return ok
}

// endLeases proposes the end of leases, all together, and waits for it. What fails
// is tried again at the next look.
func (m *member) endLeases(ctx context.Context, ids []uint64) {
	var ending sync.WaitGroup
	for _, id := range ids {
		ending.Go(func() {
			revoke := &kvv1.RevokeLeaseCommand{Lease: id}
			if m.leaseExists(id) {
				err := m.writeCommand(ctx, &kvv1.Command{Op: &kvv1.Command_RevokeLease{RevokeLease: revoke}})
				if err != nil && !errors.Is(err, kverr.ErrLeaseNotFound) {
					m.cfg.Logger.Debug("end a lease", "lease", id, "error", err)
					return
				}
			}
			m.lessor.with(m, func(t *tenures) { t.forget(id) }) // without tenures nothing is to be forgotten
		})
	}
	ending.Wait()
}
