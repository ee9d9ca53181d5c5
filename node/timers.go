package node

import (
	"context"
	"time"

	"github.com/hashicorp/raft"

	"kv/proto/kverr"
)

const (
	// forGood is what Raft's timers are set to while the clock of patience stands still.
	forGood = 24 * time.Hour
	// timersTick is how often a member whose timers stand still looks whether it has
	// got another role. It must be well below the shortest lease of a leader.
	timersTick = 20 * time.Millisecond
)

// keepTimers stops Raft's timers while Config.Patience stands still, and starts them
// when it goes on.
//
// A leader keeps its ordinary timeouts. One is the pace of its heartbeats, and its lease,
// which the library cannot change, rests on their answers: whoever stops the clock has
// to see to it that heartbeats are answered meanwhile, if the leader is to last; the
// playground's wires do. The other bounds a transfer of leadership, which keeps all
// writes off.
func (m *member) keepTimers(ctx context.Context) {
	for ctx.Err() == nil {
		stopped, changed := m.cfg.Patience.Look()
		if stopped {
			m.stopTimers(ctx)
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// stopTimers returns when the clock goes on and the timers have been started.
func (m *member) stopTimers(ctx context.Context) {
	tick := time.NewTicker(timersTick)
	defer tick.Stop()
	var went time.Time // when the clock went on
	for {
		stopped := m.cfg.Patience.Stopped()
		switch {
		case stopped:
			went = time.Time{}
		case went.IsZero():
			went = time.Now()
		}
		if m.setTimers(stopped, went) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// setTimers sets the timers to what the member's role needs now, and reports whether
// all is as usual. A follower first gets the time to hear from its leader again: its
// timer would run out at once, since it has heard nothing for long.
func (m *member) setTimers(stopped bool, went time.Time) bool {
	m.timing.Lock()
	defer m.timing.Unlock()
	r := m.raft()
	if r == nil {
		return !stopped
	}
	usual, follows := m.cfg.HeartbeatTimeout, r.State() == raft.Follower
	heard := r.LastContact().After(went) || time.Since(went) > usual
	switch {
	case !stopped && (!follows || heard):
		m.retime(r, usual, m.cfg.ElectionTimeout)
		return true
	case r.State() == raft.Leader:
		m.retime(r, usual, m.cfg.ElectionTimeout)
	default:
		m.retime(r, forGood, forGood)
	}
	return false
}

// retime sets the timeouts by which Raft stands for election and stands again.
func (m *member) retime(r *raft.Raft, heartbeat, election time.Duration) {
	err := m.reload(r, func(conf *raft.ReloadableConfig) {
		conf.HeartbeatTimeout, conf.ElectionTimeout = heartbeat, election
	})
	if err != nil {
		m.cfg.Logger.Warn("set the timers of raft", "error", err)
	}
}

// RunOut lets the election timer of this node run out, once, while Config.Patience
// stands still: a follower that hears nothing stands for election, a candidate stands
// again. It returns when that has begun, at most some three heartbeat timeouts later,
// or with ctx's error if it does not, since the node hears from a leader all the time.
func (n *Node) RunOut(ctx context.Context) error {
	m, err := n.cluster()
	if err != nil {
		return err
	}
	m.timing.Lock()
	defer m.timing.Unlock()
	r := m.raft()
	switch {
	case !m.cfg.Patience.Stopped():
		return kverr.ErrInvalid.Withf("the timers of %s run by themselves; `hold all` stops them", m.cfg.Name)
	case r.State() == raft.Leader:
		return kverr.ErrInvalid.Withf("%s leads: a leader has no election timer", m.cfg.Name)
	case r.State() == raft.Candidate:
		return m.standAgain(ctx, r)
	}
	defer m.retime(r, forGood, forGood)
	m.retime(r, m.cfg.HeartbeatTimeout, forGood)
	if !m.await(ctx, func() bool { return r.State() != raft.Follower || !m.cfg.Patience.Stopped() }) {
		return ctx.Err()
	}
	return nil
}

// standAgain ends a candidate's wait. The library takes a shorter timeout up at once
// and draws a time of at least that long; before it is over the next election must
// find the long one, or there would be several.
func (m *member) standAgain(ctx context.Context, r *raft.Raft) error {
	short := m.cfg.ElectionTimeout
	m.retime(r, m.cfg.HeartbeatTimeout, short)
	for _, wait := range []time.Duration{short / 2, 2*short - short/2} {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		m.retime(r, forGood, forGood)
	}
	return ctx.Err()
}
