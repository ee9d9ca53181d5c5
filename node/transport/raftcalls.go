package transport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

var (
	_ raft.Transport   = (*Transport)(nil)
	_ raft.WithPreVote = (*Transport)(nil)
)

// Consumer returns the channel on which Raft takes what other nodes ask. It is
// never closed; after Close nothing comes any more.
func (t *Transport) Consumer() <-chan raft.RPC { return t.rpcCh }

// LocalAddr returns Config.Advertise.
func (t *Transport) LocalAddr() raft.ServerAddress { return raft.ServerAddress(t.cfg.Advertise) }

// EncodePeer returns addr as bytes.
func (t *Transport) EncodePeer(_ raft.ServerID, addr raft.ServerAddress) []byte { return []byte(addr) }

// DecodePeer undoes EncodePeer.
func (t *Transport) DecodePeer(addr []byte) raft.ServerAddress { return raft.ServerAddress(addr) }

// SetHeartbeatHandler does nothing. Heartbeats take the way of all requests,
// since Raft's handler would race its main loop and two values could be
// committed at one index (hashicorp/raft#695).
func (t *Transport) SetHeartbeatHandler(func(raft.RPC)) {}

// AppendEntriesPipeline returns raft.ErrPipelineReplicationNotSupported: Raft's
// pipeline wedges a follower for ever after one failed append
// (hashicorp/raft#612). Without it Raft sends one request at a time per follower.
func (t *Transport) AppendEntriesPipeline(raft.ServerID, raft.ServerAddress) (raft.AppendPipeline, error) {
	return nil, raft.ErrPipelineReplicationNotSupported
}

// AppendEntries replicates args.Entries, or as many of the first of them as
// Config.MaxAppendBytes allows: args.Entries is shortened in place, and Raft goes
// on behind the last entry that it finds there (replication.go:251, 278, 657).
// A heartbeat fails fast; log entries wait up to 5 s for a connection, so that
// a follower that comes back gets them at once instead of after Raft's retry
// delay, which grows to 10 s.
func (t *Transport) AppendEntries(id raft.ServerID, target raft.ServerAddress, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	c := call{name: "append entries", id: id, target: target, timeout: t.limits.append, wait: true}
	if isHeartbeat(args) {
		c = call{name: "heartbeat", id: id, target: target, timeout: t.cfg.HeartbeatTimeout / 2}
	}
	if err := t.gate(c); err != nil {
		return err
	}
	args.Entries = capEntries(args.Entries, t.cfg.MaxAppendBytes)
	in := appendRequestToProto(args)
	in.LeaderCommitIndex = t.cfg.Durable(in.GetLeaderCommitIndex())
	p, err := t.peers.get(id, target)
	if err != nil {
		return err
	}
	confirmed := t.sent(id, args.Entries)
	out, err := p.appends.call(context.Background(), t.calls.context(), p.swift, c, in)
	if confirmed != nil {
		confirmed(err)
	}
	if err != nil {
		return err
	}
	*resp = appendResponseFromProto(out)
	if t.sees(id, resp.Term); resp.Success {
		t.matches.note(id, args)
	}
	return nil
}

// RequestVote asks for a vote, within Config.ElectionTimeout.
func (t *Transport) RequestVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	c := call{name: "request vote", id: id, target: target, timeout: t.cfg.ElectionTimeout}
	if err := t.gate(c); err != nil {
		return err
	}
	decided := t.cfg.Observer.Ballot(Ballot{Peer: id, Transfer: args.LeadershipTransfer, Term: args.Term, LastIndex: args.LastLogIndex, LastTerm: args.LastLogTerm})
	out, err := invoke(t, c, kvv1.RaftClient.RequestVote, voteRequestToProto(args))
	if err != nil {
		decided(Verdict{Err: err})
		return err
	}
	*resp = voteResponseFromProto(out)
	t.sees(id, resp.Term)
	decided(Verdict{Granted: resp.Granted, Term: resp.Term})
	return nil
}

// RequestPreVote asks whether a vote would be granted, within
// Config.ElectionTimeout.
func (t *Transport) RequestPreVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	c := call{name: "request pre-vote", id: id, target: target, timeout: t.cfg.ElectionTimeout}
	if err := t.gate(c); err != nil {
		return err
	}
	decided := t.cfg.Observer.Ballot(Ballot{Pre: true, Peer: id, Term: args.Term, LastIndex: args.LastLogIndex, LastTerm: args.LastLogTerm})
	out, err := invoke(t, c, kvv1.RaftClient.RequestPreVote, preVoteRequestToProto(args))
	if err != nil {
		decided(Verdict{Err: err})
		return neverGrant(err)
	}
	*resp = preVoteResponseFromProto(out)
	if resp.Term > args.Term { // an equal one may be our own, given back
		t.sees(id, resp.Term)
	}
	decided(Verdict{Granted: resp.Granted, Term: resp.Term})
	return nil
}

// TimeoutNow tells a follower to stand for election, within
// Config.ElectionTimeout.
func (t *Transport) TimeoutNow(id raft.ServerID, target raft.ServerAddress, args *raft.TimeoutNowRequest, resp *raft.TimeoutNowResponse) error {
	c := call{name: "timeout now", id: id, target: target, timeout: t.cfg.ElectionTimeout}
	out, err := invoke(t, c, kvv1.RaftClient.TimeoutNow, &kvv1.TimeoutNowRequest{Caller: callerToProto(args.RPCHeader)})
	if err != nil {
		return err
	}
	*resp = raft.TimeoutNowResponse{RPCHeader: callerFromProto(out.GetCaller())}
	return nil
}

// call is one outgoing call: to whom, under which name errors speak of it, and
// how long it may take.
type call struct {
	name    string
	id      raft.ServerID
	target  raft.ServerAddress
	timeout time.Duration
	wait    bool // for a connection, instead of failing at once without one
}

// gate asks Config.Gate. All AppendEntries are gated and not only heartbeats:
// Raft sends one without entries each CommitTimeout, and each counts as contact.
func (t *Transport) gate(c call) error {
	if t.cfg.Gate == nil {
		return nil
	}
	if err := t.cfg.Gate(); err != nil {
		return fmt.Errorf("withhold %s to %s: %w", c.name, c.id, err)
	}
	return nil
}

// invoke makes a unary call over the peer's control connection.
func invoke[Req, Resp any](t *Transport, c call, method func(kvv1.RaftClient, context.Context, Req, ...grpc.CallOption) (Resp, error), req Req) (Resp, error) {
	var none Resp
	p, err := t.peers.get(c.id, c.target)
	if err != nil {
		return none, err
	}
	ctx, cancel := t.cfg.Patience.WithTimeout(t.calls.context(), c.timeout)
	defer cancel()
	resp, err := method(kvv1.NewRaftClient(p.control), ctx, req, grpc.WaitForReady(c.wait))
	if err != nil {
		return none, callError(ctx, c, err)
	}
	return resp, nil
}

// entryOverhead bounds what an entry takes in a message besides its bytes: five
// numbers of at most ten bytes, tags and lengths.
const entryOverhead = 80

// capEntries returns as many of the first entries as fit into limit bytes, at
// least one if there is one.
func capEntries(entries []*raft.Log, limit int) []*raft.Log {
	size := 0
	for i, e := range entries {
		size += len(e.Data) + len(e.Extensions) + entryOverhead
		if size > limit && i > 0 {
			return entries[:i]
		}
	}
	return entries
}

// rpcUnexpectedCommand is the text by which Raft recognizes a peer that knows no
// pre-vote; it then counts the error as a grant (raft.go:2107).
const rpcUnexpectedCommand = "unexpected command"

// neverGrant hides an error that by its text would count as a granted pre-vote.
// Every node of ours knows pre-votes, so the text can only come from a fault.
func neverGrant(err error) error {
	if strings.Contains(err.Error(), rpcUnexpectedCommand) {
		return errors.New("request pre-vote: the peer answered with an error that reads like a grant")
	}
	return err
}
