package node

import (
	"context"
	"time"
)

// AppendRaw hands an entry to Raft without waiting for it, past group commit, so
// that a test can give a leader entries that are never committed.
func (n *Node) AppendRaw(data []byte) { n.member.Load().raft().Apply(data, 0) }

// LastIndex is the end of the node's log as Raft sees it.
func (n *Node) LastIndex() uint64 { return n.member.Load().raft().LastIndex() }

// InTouch reports whether the node gives its watchers notices.
func (n *Node) InTouch() bool { return n.member.Load().inTouch() }

// StoresAhead reports whether the node's log is stored ahead of its syncs, now and in
// the middle of a restart of Raft.
func (n *Node) StoresAhead() (now, restarting bool) {
	m := n.member.Load()
	now = m.storesAhead()
	m.restarting.Store(true)
	defer m.restarting.Store(false)
	return now, m.storesAhead()
}

// ReadEarly is the member's own.
func (n *Node) ReadEarly(ctx context.Context, look func() uint64) error {
	return n.member.Load().readEarly(ctx, look)
}

// RestartRaft restarts the library as if it were stuck.
func (n *Node) RestartRaft(ctx context.Context) error {
	return n.member.Load().restartRaft(ctx, n.identity())
}

// Retime sets Raft's heartbeat timeout, and returns what it is then.
func (n *Node) Retime(heartbeat time.Duration) time.Duration {
	m := n.member.Load()
	m.retime(m.raft(), heartbeat, heartbeat)
	return m.raft().ReloadableConfig().HeartbeatTimeout
}
