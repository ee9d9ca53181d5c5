package node

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/raft"
)

const (
	// successionTick is how often a follower looks whether its leader is silent.
	successionTick = 25 * time.Millisecond
	// suspicious is after how long a silence, in parts of the heartbeat timeout and
	// at most, the leader is looked for. Heartbeats come after 1/10 to 2/10 of it.
	suspiciousParts = 4
	maxSuspicious   = 250 * time.Millisecond
	// looking bounds one look at the leader's port and at the other voters.
	looking = 100 * time.Millisecond
	// courtesy is for how long a follower leaves the candidacy to one that is named
	// before it and has the same log. Two who stand at once cost an election timeout,
	// and the other may be just busy.
	courtesy = time.Second
)

// succeed has this member stand for election at once when the leader's process is
// gone. A silent leader may be busy, paused or cut off: then Raft's own timeouts
// decide. But a machine that answers and refuses the connection to the leader's port
// says for certain that nobody leads there any more, and waiting would only prolong
// the time without a leader.
//
// An election is safe at any time. It is needless here only if the leader starts
// again within this time on the same port, and then it has lost its office anyway.
func (m *member) succeed(ctx context.Context) {
	if m.alone() {
		// Nobody else can lead, and nobody is asked: there is no timeout to wait for.
		m.stand(ctx, "it is the only voter", "")
	}
	tick := time.NewTicker(successionTick)
	defer tick.Stop()
	var orphaned time.Time // since when the leader's port has refused us
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		leader, silent := m.silentLeader()
		if !silent || m.cfg.Patience.Stopped() || !refused(ctx, leader.Address) {
			orphaned = time.Time{}
			continue
		}
		if orphaned.IsZero() {
			orphaned = time.Now()
		}
		if !m.isSuccessor(ctx, leader.ID, time.Since(orphaned) > courtesy) {
			continue
		}
		if now, still := m.silentLeader(); !still || now.ID != leader.ID {
			continue // another was elected meanwhile
		}
		m.cfg.Logger.Info("the leader's process is gone: standing for election", "leader", nameOf(leader.ID))
		m.stand(ctx, "nothing listens at the address of the leader "+nameOf(leader.ID)+": its process is gone", leader.ID)
		orphaned = time.Time{}
	}
}

// stand has Raft stand for election at once.
func (m *member) stand(ctx context.Context, reason string, leader raft.ServerID) {
	m.recorder.standing(reason, leader)
	if err := m.transport.StandNow(ctx); err != nil {
		m.recorder.standing("", "")
		m.cfg.Logger.Debug("stand for election", "error", err)
	}
}

// alone reports whether this member is a follower and the only voter.
func (m *member) alone() bool {
	voters, votes := 0, false
	for _, s := range m.servers() {
		if s.Suffrage == raft.Voter {
			voters++
			votes = votes || s.ID == m.id
		}
	}
	return votes && voters == 1 && m.raft().State() == raft.Follower
}

// silentLeader returns the leader if this member follows one and has not heard from
// it for suspiciously long.
func (m *member) silentLeader() (raft.Server, bool) {
	r := m.raft()
	if m.restarting.Load() || r == nil || r.State() != raft.Follower {
		return raft.Server{}, false
	}
	addr, id := r.LeaderWithID()
	suspicious := min(m.cfg.HeartbeatTimeout/suspiciousParts, maxSuspicious)
	return raft.Server{ID: id, Address: addr}, id != "" && id != m.id && time.Since(r.LastContact()) > suspicious
}

// refused reports whether the connection to an address is refused: a machine answers
// there, and no process listens.
func refused(ctx context.Context, addr raft.ServerAddress) bool {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", string(addr))
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// isSuccessor reports whether this member should stand in place of the leader: it
// votes, reaches a majority, and none that it reaches has a longer log or, unless
// the courtesy is over, an equal one and an earlier name. Two candidates at once
// would split the votes.
func (m *member) isSuccessor(ctx context.Context, leader raft.ServerID, late bool) bool {
	voters, votes := 0, false
	others := make(map[raft.ServerID]raft.ServerAddress)
	for _, s := range m.servers() {
		if s.Suffrage != raft.Voter {
			continue
		}
		voters++
		switch s.ID {
		case m.id:
			votes = true
		case leader:
		default:
			others[s.ID] = s.Address
		}
	}
	ends := m.logEnds(ctx, others)
	return votes && foremost(m.id, m.raft().LastIndex(), ends, late) && len(ends)+1 > voters/2
}

// foremost reports whether the log of id, which ends at last, is as long as those of
// all others and, unless late, longer than those of the ones that come before id.
func foremost(id raft.ServerID, last uint64, ends map[raft.ServerID]uint64, late bool) bool {
	for other, end := range ends {
		if end > last || end == last && other < id && !late {
			return false
		}
	}
	return true
}

// logEnds asks voters where their logs end. Those that do not answer are left out.
func (m *member) logEnds(ctx context.Context, voters map[raft.ServerID]raft.ServerAddress) map[raft.ServerID]uint64 {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var (
		mu     sync.Mutex
		asking sync.WaitGroup
		ends   = make(map[raft.ServerID]uint64)
	)
	term := m.raft().CurrentTerm()
	for id, addr := range voters {
		asking.Go(func() {
			resp, err := m.transport.Confirm(ctx, id, addr, term)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ends[id] = resp.GetLastLogIndex()
		})
	}
	asking.Wait()
	return ends
}
