package transport

import "github.com/hashicorp/raft"

// isHeartbeat tells Raft's periodic heartbeats from the requests of its
// replication loop, by the same signs as its own network transport. A request
// without entries that only moves the commit index names a previous entry.
func isHeartbeat(r *raft.AppendEntriesRequest) bool {
	return r.Term != 0 && len(r.Entries) == 0 &&
		r.PrevLogEntry == 0 && r.PrevLogTerm == 0 && r.LeaderCommitIndex == 0
}

// standIn answers a heartbeat while Raft's main loop is busy with a slow disk or
// a snapshot, so that a leader that needs us for its majority keeps its office.
// It returns nil if the sender is not the leader that we follow.
//
// It is safe. What the leader takes from the answer is that, after it sent the
// heartbeat, we were in its term, and Peek has just said so: had we promised a
// vote in a later term, the term would have been raised before. Nothing is
// changed and nothing about the log is said. The heartbeat itself may be dropped
// or be handled later like any other that was long under way: all it could do is
// to mark the leader as seen, and what keeps the loop busy, an append or a
// snapshot of that leader, does that at its end.
func (t *Transport) standIn(req *raft.AppendEntriesRequest) *raft.AppendEntriesResponse {
	if t.cfg.Peek == nil {
		return nil
	}
	term, leader := t.cfg.Peek()
	if term != req.Term || leader == "" || leader != raft.ServerID(req.ID) {
		return nil
	}
	return &raft.AppendEntriesResponse{
		RPCHeader: raft.RPCHeader{
			ProtocolVersion: req.ProtocolVersion,
			ID:              []byte(t.cfg.LocalID),
			Addr:            []byte(t.cfg.Advertise),
		},
		Term:    term,
		Success: true,
	}
}
