//lint:file-ignore SA1019 the deprecated fields are carried as they come: the library still reads them

package transport

import (
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/raft"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Between Raft's structs and the messages of raft.proto. Byte slices are shared
// between the two forms; protobuf copies them out of the network buffer, so what
// comes in belongs to Raft, which keeps it.

func callerToProto(h raft.RPCHeader) *kvv1.Caller {
	return &kvv1.Caller{ProtocolVersion: uint32(h.ProtocolVersion), Id: h.ID, Addr: h.Addr}
}

func callerFromProto(c *kvv1.Caller) raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersion(c.GetProtocolVersion()), ID: c.GetId(), Addr: c.GetAddr()}
}

func appendRequestToProto(r *raft.AppendEntriesRequest) *kvv1.AppendEntriesRequest {
	return &kvv1.AppendEntriesRequest{
		Caller:            callerToProto(r.RPCHeader),
		Term:              r.Term,
		Leader:            r.Leader,
		PrevLogIndex:      r.PrevLogEntry,
		PrevLogTerm:       r.PrevLogTerm,
		Entries:           entriesToProto(r.Entries),
		LeaderCommitIndex: r.LeaderCommitIndex,
	}
}

func appendRequestFromProto(r *kvv1.AppendEntriesRequest) *raft.AppendEntriesRequest {
	return &raft.AppendEntriesRequest{
		RPCHeader:         callerFromProto(r.GetCaller()),
		Term:              r.GetTerm(),
		Leader:            r.GetLeader(),
		PrevLogEntry:      r.GetPrevLogIndex(),
		PrevLogTerm:       r.GetPrevLogTerm(),
		Entries:           entriesFromProto(r.GetEntries()),
		LeaderCommitIndex: r.GetLeaderCommitIndex(),
	}
}

// entriesToProto makes the messages in one allocation; they live for one call.
func entriesToProto(logs []*raft.Log) []*kvv1.Entry {
	if len(logs) == 0 {
		return nil
	}
	block := make([]kvv1.Entry, len(logs))
	entries := make([]*kvv1.Entry, len(logs))
	for i, l := range logs {
		e := &block[i]
		e.Index, e.Term, e.Type = l.Index, l.Term, uint32(l.Type)
		e.Data, e.Extensions = l.Data, l.Extensions
		if !l.AppendedAt.IsZero() {
			e.AppendedAt = l.AppendedAt.UnixNano()
		}
		entries[i] = e
	}
	return entries
}

// entriesFromProto makes each log entry by itself: Raft and its caches keep some
// of them, and one must not keep all.
func entriesFromProto(entries []*kvv1.Entry) []*raft.Log {
	if len(entries) == 0 {
		return nil
	}
	logs := make([]*raft.Log, len(entries))
	for i, e := range entries {
		l := &raft.Log{
			Index:      e.GetIndex(),
			Term:       e.GetTerm(),
			Type:       raft.LogType(e.GetType()),
			Data:       e.GetData(),
			Extensions: e.GetExtensions(),
		}
		if at := e.GetAppendedAt(); at != 0 {
			l.AppendedAt = time.Unix(0, at)
		}
		logs[i] = l
	}
	return logs
}

func appendResponseToProto(r *raft.AppendEntriesResponse) *kvv1.AppendEntriesResponse {
	return &kvv1.AppendEntriesResponse{
		Caller:         callerToProto(r.RPCHeader),
		Term:           r.Term,
		LastLogIndex:   r.LastLog,
		Success:        r.Success,
		NoRetryBackoff: r.NoRetryBackoff,
	}
}

func appendResponseFromProto(r *kvv1.AppendEntriesResponse) raft.AppendEntriesResponse {
	return raft.AppendEntriesResponse{
		RPCHeader:      callerFromProto(r.GetCaller()),
		Term:           r.GetTerm(),
		LastLog:        r.GetLastLogIndex(),
		Success:        r.GetSuccess(),
		NoRetryBackoff: r.GetNoRetryBackoff(),
	}
}

func voteRequestToProto(r *raft.RequestVoteRequest) *kvv1.RequestVoteRequest {
	return &kvv1.RequestVoteRequest{
		Caller:             callerToProto(r.RPCHeader),
		Term:               r.Term,
		Candidate:          r.Candidate,
		LastLogIndex:       r.LastLogIndex,
		LastLogTerm:        r.LastLogTerm,
		LeadershipTransfer: r.LeadershipTransfer,
	}
}

func voteRequestFromProto(r *kvv1.RequestVoteRequest) *raft.RequestVoteRequest {
	return &raft.RequestVoteRequest{
		RPCHeader:          callerFromProto(r.GetCaller()),
		Term:               r.GetTerm(),
		Candidate:          r.GetCandidate(),
		LastLogIndex:       r.GetLastLogIndex(),
		LastLogTerm:        r.GetLastLogTerm(),
		LeadershipTransfer: r.GetLeadershipTransfer(),
	}
}

func voteResponseToProto(r *raft.RequestVoteResponse) *kvv1.RequestVoteResponse {
	return &kvv1.RequestVoteResponse{Caller: callerToProto(r.RPCHeader), Term: r.Term, Peers: r.Peers, Granted: r.Granted}
}

func voteResponseFromProto(r *kvv1.RequestVoteResponse) raft.RequestVoteResponse {
	return raft.RequestVoteResponse{
		RPCHeader: callerFromProto(r.GetCaller()),
		Term:      r.GetTerm(),
		Peers:     r.GetPeers(),
		Granted:   r.GetGranted(),
	}
}

func preVoteRequestToProto(r *raft.RequestPreVoteRequest) *kvv1.RequestPreVoteRequest {
	return &kvv1.RequestPreVoteRequest{
		Caller:       callerToProto(r.RPCHeader),
		Term:         r.Term,
		LastLogIndex: r.LastLogIndex,
		LastLogTerm:  r.LastLogTerm,
	}
}

func preVoteRequestFromProto(r *kvv1.RequestPreVoteRequest) *raft.RequestPreVoteRequest {
	return &raft.RequestPreVoteRequest{
		RPCHeader:    callerFromProto(r.GetCaller()),
		Term:         r.GetTerm(),
		LastLogIndex: r.GetLastLogIndex(),
		LastLogTerm:  r.GetLastLogTerm(),
	}
}

func preVoteResponseToProto(r *raft.RequestPreVoteResponse) *kvv1.RequestPreVoteResponse {
	return &kvv1.RequestPreVoteResponse{Caller: callerToProto(r.RPCHeader), Term: r.Term, Granted: r.Granted}
}

func preVoteResponseFromProto(r *kvv1.RequestPreVoteResponse) raft.RequestPreVoteResponse {
	return raft.RequestPreVoteResponse{RPCHeader: callerFromProto(r.GetCaller()), Term: r.GetTerm(), Granted: r.GetGranted()}
}

func snapshotHeaderToProto(r *raft.InstallSnapshotRequest) *kvv1.SnapshotHeader {
	return &kvv1.SnapshotHeader{
		Caller:             callerToProto(r.RPCHeader),
		SnapshotVersion:    uint32(r.SnapshotVersion),
		Term:               r.Term,
		Leader:             r.Leader,
		LastLogIndex:       r.LastLogIndex,
		LastLogTerm:        r.LastLogTerm,
		Peers:              r.Peers,
		Configuration:      r.Configuration,
		ConfigurationIndex: r.ConfigurationIndex,
		Size:               r.Size,
	}
}

func snapshotHeaderFromProto(h *kvv1.SnapshotHeader) *raft.InstallSnapshotRequest {
	return &raft.InstallSnapshotRequest{
		RPCHeader:          callerFromProto(h.GetCaller()),
		SnapshotVersion:    raft.SnapshotVersion(h.GetSnapshotVersion()),
		Term:               h.GetTerm(),
		Leader:             h.GetLeader(),
		LastLogIndex:       h.GetLastLogIndex(),
		LastLogTerm:        h.GetLastLogTerm(),
		Peers:              h.GetPeers(),
		Configuration:      h.GetConfiguration(),
		ConfigurationIndex: h.GetConfigurationIndex(),
		Size:               h.GetSize(),
	}
}

func snapshotResponseToProto(r *raft.InstallSnapshotResponse) *kvv1.InstallSnapshotResponse {
	return &kvv1.InstallSnapshotResponse{Caller: callerToProto(r.RPCHeader), Term: r.Term, Success: r.Success}
}

func snapshotResponseFromProto(r *kvv1.InstallSnapshotResponse) raft.InstallSnapshotResponse {
	return raft.InstallSnapshotResponse{RPCHeader: callerFromProto(r.GetCaller()), Term: r.GetTerm(), Success: r.GetSuccess()}
}

// maxAddress is above the longest address, and within what can be stored of a vote.
const maxAddress = 400

// checkCaller refuses who has no name or no address. Both go into the vote and into what
// is told of elections, where a text is needed.
func checkCaller(c *kvv1.Caller) error {
	if id, addr := string(c.GetId()), string(c.GetAddr()); !printable(id) || addr == "" || !utf8.ValidString(addr) || len(addr) > maxAddress {
		return kverr.ErrInvalid.Withf("the caller %q at %q is no member", id, addr)
	}
	return nil
}

// checkEntries refuses what Raft would panic on: entries of a kind that it does
// not know (raft.go, processLogs), and configurations that it cannot decode.
func checkEntries(entries []*kvv1.Entry) error {
	for _, e := range entries {
		if e.GetType() > uint32(raft.LogConfiguration) {
			return kverr.ErrInvalid.Withf("entry %d has the unknown type %d", e.GetIndex(), e.GetType())
		}
		if e.GetType() != uint32(raft.LogConfiguration) {
			continue
		}
		if err := checkConfiguration(e.GetData()); err != nil {
			return kverr.ErrInvalid.Withf("entry %d: %v", e.GetIndex(), err)
		}
	}
	return nil
}

// checkHeader does the same for a snapshot.
func checkHeader(h *kvv1.SnapshotHeader) error {
	if h == nil {
		return kverr.ErrInvalid.Withf("a snapshot begins with its header")
	}
	if err := checkCaller(h.GetCaller()); err != nil {
		return err
	}
	switch {
	case h.GetSize() < 0:
		return kverr.ErrInvalid.Withf("a snapshot of %d bytes", h.GetSize())
	case h.GetSnapshotVersion() > math.MaxInt32:
		return kverr.ErrInvalid.Withf("snapshot version %d", h.GetSnapshotVersion())
	case h.GetSnapshotVersion() == 0:
		return nil // has no configuration
	}
	if err := checkConfiguration(h.GetConfiguration()); err != nil {
		return kverr.ErrInvalid.Withf("snapshot header: %v", err)
	}
	return nil
}

// checkConfiguration reports bytes that are no configuration; the library has only
// a decoder that panics.
func checkConfiguration(b []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode configuration: %v", r)
		}
	}()
	raft.DecodeConfiguration(b)
	return nil
}
