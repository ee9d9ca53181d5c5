package transport

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
	"kv/proto/wire"
)

const (
	// maxStreams bounds the calls under way on one connection. Forwarded client
	// calls are among them, and have lower bounds of their own (package rpc), so
	// that Raft's calls find room.
	maxStreams = 32_768
	// handshakeTimeout cuts strangers off that connect and do not speak HTTP/2.
	handshakeTimeout = 10 * time.Second
)

func newServer(t *Transport) *grpc.Server {
	s := grpc.NewServer(
		grpc.ChainUnaryInterceptor(t.cfg.admitUnary),
		grpc.ChainStreamInterceptor(t.cfg.admitStream),
		grpc.ForceServerCodecV2(wire.Codec{}),
		grpc.MaxRecvMsgSize(t.cfg.maxMessageBytes()),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.StaticStreamWindowSize(window),
		grpc.StaticConnWindowSize(window),
		grpc.KeepaliveParams(serverKeepalive),
		grpc.KeepaliveEnforcementPolicy(keepalivePolicy),
		grpc.WaitForHandlers(true),
	)
	kvv1.RegisterRaftServer(s, &service{t: t})
	if t.cfg.Register != nil {
		t.cfg.Register(s)
	}
	return s
}

// service is the Raft service: it hands Raft's calls to Raft and the rest to
// Config.Handler.
type service struct {
	kvv1.UnimplementedRaftServer
	t *Transport
}

// AppendEntries implements kvv1.RaftServer.
func (s *service) AppendEntries(stream grpc.BidiStreamingServer[kvv1.AppendEntriesRequest, kvv1.AppendEntriesResponse]) error {
	return serveLane(s.t, stream, s.appendEntries)
}

// appendEntries answers one request. A heartbeat that Raft's main loop leaves waiting
// is answered by standIn.
func (s *service) appendEntries(ctx context.Context, in *kvv1.AppendEntriesRequest) (*kvv1.AppendEntriesResponse, error) {
	if err := checkCaller(in.GetCaller()); err != nil {
		return nil, err
	}
	if err := checkEntries(in.GetEntries()); err != nil {
		return nil, err
	}
	req := appendRequestFromProto(in)
	s.t.sees(raft.ServerID(req.ID), req.Term)
	s.t.received(req.ID, req.Entries)
	var late func() *raft.AppendEntriesResponse
	if isHeartbeat(req) {
		late = func() *raft.AppendEntriesResponse { return s.t.standIn(req) }
	}
	resp, err := deliver(ctx, s.t, req, nil, late)
	if err != nil {
		return nil, err
	}
	return appendResponseToProto(resp), nil
}

// RequestVote implements kvv1.RaftServer.
func (s *service) RequestVote(ctx context.Context, in *kvv1.RequestVoteRequest) (*kvv1.RequestVoteResponse, error) {
	if err := checkCaller(in.GetCaller()); err != nil {
		return nil, kverr.ToStatus(err)
	}
	req := voteRequestFromProto(in)
	decided := s.t.ballotAsked(Ballot{Incoming: true, Peer: raft.ServerID(req.ID), Transfer: req.LeadershipTransfer, Term: req.Term, LastIndex: req.LastLogIndex, LastTerm: req.LastLogTerm})
	resp, err := deliver[raft.RequestVoteResponse](ctx, s.t, req, nil, nil)
	if err != nil {
		decided(Verdict{Err: err})
		return nil, kverr.ToStatus(err)
	}
	decided(Verdict{Granted: resp.Granted, Term: resp.Term})
	return voteResponseToProto(resp), nil
}

// RequestPreVote implements kvv1.RaftServer.
func (s *service) RequestPreVote(ctx context.Context, in *kvv1.RequestPreVoteRequest) (*kvv1.RequestPreVoteResponse, error) {
	if err := checkCaller(in.GetCaller()); err != nil {
		return nil, kverr.ToStatus(err)
	}
	req := preVoteRequestFromProto(in)
	decided := s.t.ballotAsked(Ballot{Pre: true, Incoming: true, Peer: raft.ServerID(req.ID), Term: req.Term, LastIndex: req.LastLogIndex, LastTerm: req.LastLogTerm})
	resp, err := deliver[raft.RequestPreVoteResponse](ctx, s.t, req, nil, nil)
	if err != nil {
		decided(Verdict{Err: err})
		return nil, kverr.ToStatus(err)
	}
	decided(Verdict{Granted: resp.Granted, Term: resp.Term})
	return preVoteResponseToProto(resp), nil
}

// TimeoutNow implements kvv1.RaftServer.
func (s *service) TimeoutNow(ctx context.Context, in *kvv1.TimeoutNowRequest) (*kvv1.TimeoutNowResponse, error) {
	if err := checkCaller(in.GetCaller()); err != nil {
		return nil, kverr.ToStatus(err)
	}
	req := &raft.TimeoutNowRequest{RPCHeader: callerFromProto(in.GetCaller())}
	s.t.cfg.Observer.StandAsked(raft.ServerID(req.ID))
	resp, err := deliver[raft.TimeoutNowResponse](ctx, s.t, req, nil, nil)
	if err != nil {
		return nil, kverr.ToStatus(err)
	}
	return &kvv1.TimeoutNowResponse{Caller: callerToProto(resp.RPCHeader)}, nil
}

// Confirm implements kvv1.RaftServer.
func (s *service) Confirm(stream grpc.BidiStreamingServer[kvv1.ConfirmRequest, kvv1.ConfirmResponse]) error {
	return serveLane(s.t, stream, s.t.cfg.Handler.Confirm)
}

// ReadIndex implements kvv1.RaftServer.
func (s *service) ReadIndex(ctx context.Context, in *kvv1.ReadIndexRequest) (*kvv1.ReadIndexResponse, error) {
	resp, err := s.t.cfg.Handler.ReadIndex(ctx, in)
	return resp, kverr.ToStatus(err)
}

// Join implements kvv1.RaftServer.
func (s *service) Join(ctx context.Context, in *kvv1.JoinRequest) (*kvv1.JoinResponse, error) {
	resp, err := s.t.cfg.Handler.Join(ctx, in)
	return resp, kverr.ToStatus(err)
}

// Removed implements kvv1.RaftServer.
func (s *service) Removed(ctx context.Context, in *kvv1.RemovedRequest) (*kvv1.RemovedResponse, error) {
	resp, err := s.t.cfg.Handler.Removed(ctx, in)
	return resp, kverr.ToStatus(err)
}

// deliver hands a request to Raft's main loop and waits for the answer, the end
// of ctx or of the transport. If late is given and no answer has come after
// limits.standIn, what late returns is the answer, unless it is nil.
//
// The response channel is buffered, so Raft never waits for us; a request that it
// has not taken when we leave is withdrawn.
func deliver[Resp any](ctx context.Context, t *Transport, req any, data io.Reader, late func() *Resp) (*Resp, error) {
	respCh := make(chan raft.RPCResponse, 1)
	offerCh := t.rpcCh // nil once Raft has taken the request
	var lateCh <-chan time.Time
	if late != nil {
		timer := time.NewTimer(t.limits.standIn)
		defer timer.Stop()
		lateCh = timer.C
	}
	for {
		select {
		case offerCh <- raft.RPC{Command: req, Reader: data, RespChan: respCh}:
			offerCh = nil
		case answer := <-respCh:
			return open[Resp](answer)
		case <-lateCh:
			if resp := late(); resp != nil {
				return resp, nil
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-t.closedCh:
			return nil, kverr.ErrStopping.WithCause(raft.ErrTransportShutdown)
		}
	}
}

// open returns the response inside Raft's answer.
func open[Resp any](answer raft.RPCResponse) (*Resp, error) {
	if answer.Error != nil {
		return nil, answer.Error
	}
	resp, ok := answer.Response.(*Resp)
	if !ok || resp == nil {
		return nil, fmt.Errorf("raft answered with a %T, not a %T", answer.Response, resp)
	}
	return resp, nil
}
