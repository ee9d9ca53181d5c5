package node

import (
	"context"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Bounds of one answer of LogEntries.
const (
	defaultLogEntries = 100
	maxLogEntries     = 1000
	// describedBytes is up to which size an entry is taken apart to say what it does.
	describedBytes = 64 << 10
)

// LogEntries implements rpc.Backend. It tells of this member's own log, whatever the
// others have. Errors: ErrWaiting, ErrNoLeader while it starts, ErrStopping, ErrInvalid.
func (n *Node) LogEntries(_ context.Context, req *kvv1.LogEntriesRequest) (*kvv1.LogEntriesResponse, error) {
	if req.GetTo() != 0 && req.GetFrom() > req.GetTo() {
		return nil, kverr.ErrInvalid.Withf("the range ends at %d, before its beginning, %d", req.GetTo(), req.GetFrom())
	}
	m, err := n.cluster()
	if err != nil {
		return nil, err
	}
	resp := &kvv1.LogEntriesResponse{Header: m.header(m.machine.Revision()), Role: m.role(), CommitIndex: m.committed()}
	resp.AppliedIndex = resp.GetHeader().GetAppliedIndex()
	newest, _ := m.snapshots.Newest()
	resp.SnapshotIndex = newest.Index
	if resp.FirstIndex, err = m.log.FirstIndex(); err == nil {
		resp.LastIndex, err = m.log.LastIndex()
	}
	if err == nil && resp.GetLastIndex() > 0 {
		resp.Entries, err = m.entries(req, resp.GetFirstIndex(), resp.GetLastIndex())
	}
	if err != nil {
		return nil, kverr.ErrStopping.Withf("the log of %s cannot be read", m.cfg.Name).WithCause(err)
	}
	if resp.GetRole() == kvv1.Role_ROLE_LEADER {
		resp.Progress = m.matches(resp.GetHeader().GetTerm())
	}
	return resp, nil
}

// entries reads what is wanted of the entries from first to last. Those that are
// removed meanwhile are left out.
func (m *member) entries(req *kvv1.LogEntriesRequest, first, last uint64) ([]*kvv1.LogEntry, error) {
	limit := uint64(defaultLogEntries)
	if req.GetLimit() > 0 {
		limit = min(uint64(req.GetLimit()), maxLogEntries)
	}
	if req.GetTo() > 0 {
		last = min(last, req.GetTo())
	}
	first = max(first, req.GetFrom())
	if last >= limit {
		first = max(first, last-limit+1)
	}
	var entries []*kvv1.LogEntry
	for i := first; i <= last; i++ {
		var l raft.Log
		err := m.log.GetLog(i, &l)
		if err == raft.ErrLogNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, entryOf(&l))
	}
	return entries, nil
}

func entryOf(l *raft.Log) *kvv1.LogEntry {
	e := &kvv1.LogEntry{Index: l.Index, Term: l.Term, Size: uint64(len(l.Data))}
	switch l.Type {
	case raft.LogCommand:
		e.Kind = "command"
		if len(l.Data) > describedBytes {
			e.Summary = "large"
			break
		}
		commands, summary := fsm.Describe(l.Data)
		e.Commands, e.Summary = uint32(commands), summary
	case raft.LogConfiguration:
		e.Kind, e.Summary = "configuration", configurationText(l.Data)
	case raft.LogBarrier:
		e.Kind = "barrier"
	default:
		e.Kind = "noop"
	}
	return e
}

// configurationText names the voters, and the learners in brackets. The data has been
// stored by the library, which writes only what it can read.
func configurationText(data []byte) string {
	text := ""
	for _, s := range raft.DecodeConfiguration(data).Servers {
		name := nameOf(s.ID)
		if s.Suffrage != raft.Voter {
			name = "(" + name + ")"
		}
		if text != "" {
			text += " "
		}
		text += name
	}
	return text
}

// matches tells how far each follower has confirmed the log of this leader.
func (m *member) matches(term uint64) []*kvv1.Progress {
	var all []*kvv1.Progress
	for _, s := range m.servers() {
		if s.ID != m.id {
			all = append(all, &kvv1.Progress{Member: nameOf(s.ID), MatchIndex: m.transport.Matched(s.ID, term)})
		}
	}
	return all
}
