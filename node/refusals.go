package node

import (
	"strings"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// clusterErrors are the errors of a write whose reason lies in the cluster, not in the
// request: these are events.
var clusterErrors = map[string]bool{
	kverr.ErrNoLeader.Reason: true, kverr.ErrNoQuorum.Reason: true, kverr.ErrTransferring.Reason: true,
	kverr.ErrOverloaded.Reason: true, kverr.ErrUnreachable.Reason: true, kverr.ErrQuota.Reason: true,
	kverr.ErrUpgrading.Reason: true, kverr.ErrLostLeadership.Reason: true, kverr.ErrLostConnection.Reason: true,
	kverr.ErrShutdown.Reason: true, kverr.ErrTimeout.Reason: true,
}

// refusedWrite notes that a client's write came to nothing here, or to nobody knows
// what; nil is none. It is cheap where nothing is wrong.
func (n *Node) refusedWrite(err error) {
	if err != nil {
		n.cfg.Events.refused(err, n.term(), 1)
	}
}

// refusedWrites is refusedWrite for count writes of a message on a stream.
func (m *member) refusedWrites(err error, count int) {
	m.cfg.Events.refused(err, m.raft().CurrentTerm(), count)
}

func (n *Node) term() uint64 {
	m := n.member.Load()
	if m == nil || m.raft() == nil {
		return 0
	}
	return m.raft().CurrentTerm()
}

// refused notes count writes that ended with err.
func (e *Events) refused(err error, term uint64, count int) {
	known := kverr.From(err)
	if !clusterErrors[known.Reason] || count == 0 {
		return
	}
	reason := strings.ToLower(strings.ReplaceAll(known.Reason, "_", " ")) + "; " + known.Outcome.String()
	e.noteOften(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_REFUSED, Term: term, Reason: reason, Count: uint64(count)})
}
