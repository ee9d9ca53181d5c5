package node

import (
	"context"
	"sync"

	"github.com/hashicorp/raft"

	"kv/node/planted"
	"kv/proto/kverr"
)

// roundReader gives linearizable reads the index they have to wait for, with one
// round for all reads that wait at a moment. A read that arrives during a round
// joins the next one: the round under way may have looked before the read began,
// and then would not prove what the read promises (etcd #20418).
type roundReader struct {
	round func(context.Context) (uint64, error)

	mu      sync.Mutex
	waiting *readRound    // guarded by mu; the round that has not begun
	wake    chan struct{} // buffered by one
	stopped chan struct{} // closed once run has ended
}

type readRound struct {
	done  chan struct{}
	index uint64
	err   error
}

func newRoundReader(round func(context.Context) (uint64, error)) *roundReader {
	return &roundReader{round: round, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// index returns the index that a read which begins now has to see.
func (rr *roundReader) index(ctx context.Context) (uint64, error) {
	return rr.wait(ctx, rr.join())
}

// join returns the round of the reads that begin now.
func (rr *roundReader) join() *readRound {
	rr.mu.Lock()
	defer rr.mu.Unlock()
	if rr.waiting == nil {
		rr.waiting = &readRound{done: make(chan struct{})}
		rr.wake <- struct{}{} // never blocks: run takes the token before the round
	}
	return rr.waiting
}

// wait returns what came of a round.
func (rr *roundReader) wait(ctx context.Context, r *readRound) (uint64, error) {
	select {
	case <-r.done:
		return r.index, r.err
	case <-rr.stopped:
		return 0, kverr.ErrStopping
	case <-ctx.Done():
		return 0, kverr.From(ctx.Err())
	}
}

// run makes rounds until ctx ends, each bounded by the member's patience.
func (rr *roundReader) run(ctx context.Context) {
	defer close(rr.stopped)
	for {
		select {
		case <-rr.wake:
		case <-ctx.Done():
			return
		}
		rr.mu.Lock()
		r := rr.waiting
		rr.waiting = nil
		rr.mu.Unlock()
		r.index, r.err = rr.round(ctx)
		close(r.done)
	}
}

// reader gives this member's reads their index.
func (m *member) reader() *roundReader {
	if m.leading() {
		return m.leaderReads
	}
	return m.followerReads
}

// readIndex returns once this member's state machine has applied all that a
// linearizable read has to see.
func (m *member) readIndex(ctx context.Context) error {
	if planted.UnconfirmedReads {
		return nil
	}
	index, err := m.reader().index(ctx)
	if err != nil {
		return err
	}
	return m.waitApplied(ctx, index)
}

func (m *member) waitApplied(ctx context.Context, index uint64) error {
	if err := m.applier.wait(ctx, index); err != nil {
		return kverr.From(err)
	}
	return nil
}

// readEarly is readIndex for a read that takes time: look looks at the state and says
// up to which index it was applied. What it sees while the round is under way counts
// once the round has told an index that is not beyond; else look is called again.
func (m *member) readEarly(ctx context.Context, look func() (applied uint64)) error {
	if planted.UnconfirmedReads {
		look()
		return nil
	}
	reader := m.reader()
	round := reader.join()
	var seen uint64
	if m.appliedAll() { // it would else be in vain
		seen = look()
	}
	index, err := reader.wait(ctx, round)
	if err != nil || seen > 0 && seen >= index {
		return err
	}
	if err := m.waitApplied(ctx, index); err != nil {
		return err
	}
	look()
	return nil
}

// appliedAll reports whether nothing waits to be applied that is known to be committed.
func (m *member) appliedAll() bool {
	applied, _ := m.machine.Applied()
	r := m.raft()
	return r != nil && applied >= r.CommitIndex()
}

// askLeader is a follower's round: one question to the leader for all reads.
func (m *member) askLeader(ctx context.Context) (uint64, error) {
	addr, id := m.raft().LeaderWithID()
	if id == "" {
		return 0, kverr.ErrNoLeader
	}
	ctx, cancel := m.cfg.Patience.WithTimeout(ctx, m.cfg.ElectionTimeout)
	defer cancel()
	resp, err := m.transport.ReadIndex(ctx, id, addr)
	if err != nil {
		return 0, kverr.ErrNoQuorum.Withf("the leader %s did not confirm its office; try again, or read with -stale", nameOf(id)).WithCause(err)
	}
	return resp.GetIndex(), nil
}

// confirmLeadership is the leader's round, the ReadIndex of section 6.4 of
// Ongaro's thesis with an explicit question instead of a heartbeat. The library's
// VerifyLeader counts answers to heartbeats that were sent before the read began
// and may so return a deposed leader's state (RAFT.md row 4).
//
// It is safe since a voter raises its term before it grants a vote: when a
// majority still is in our term after we noted the commit index, no later leader
// had been elected, and so nothing later had been committed, when the read began.
func (m *member) confirmLeadership(ctx context.Context) (uint64, error) {
	r := m.raft()
	term := r.CurrentTerm()
	if r.State() != raft.Leader {
		return 0, m.notLeader()
	}
	if _, applied := m.machine.Applied(); applied != term {
		// Until an entry of our own term is committed, entries that an earlier
		// leader acknowledged may be missing from our commit index (5.4.2).
		return 0, m.notReady()
	}
	index := r.CommitIndex()
	if !m.majorityInTerm(ctx, term) {
		return 0, kverr.ErrNoQuorum
	}
	if r.CurrentTerm() != term || r.State() != raft.Leader {
		return 0, m.notLeader()
	}
	return index, nil
}

// majorityInTerm reports whether a majority of the voters, ourselves among them if we
// vote, are in this term.
func (m *member) majorityInTerm(ctx context.Context, term uint64) bool {
	var others []raft.Server
	voters := 0
	for _, s := range m.servers() {
		if s.Suffrage != raft.Voter {
			continue
		}
		voters++
		if s.ID != m.id {
			others = append(others, s)
		}
	}
	ourselves := voters - len(others)
	poll := canvass{spawn: m.wg.Go, clock: m.cfg.Patience, hesitation: hesitation, tardy: m.tardy, ask: func(ctx context.Context, s raft.Server) bool {
		resp, err := m.transport.Confirm(ctx, s.ID, s.Address, term)
		return err == nil && resp.GetTerm() == term
	}}
	return poll.consent(ctx, others, voters/2+1-ourselves, m.cfg.ElectionTimeout)
}
