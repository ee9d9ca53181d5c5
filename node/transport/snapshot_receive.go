package transport

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// InstallSnapshot implements kvv1.RaftServer. A pump moves the chunks into a pipe
// that Raft reads; whatever is wrong with them, Raft's read fails with it and Raft
// throws the snapshot away. Raft reads to the end of the pipe in any case, and
// that end comes with the stream's, or with ctx's: when the sender is gone, or
// silent for 10 s, or when this node cancels its calls in order to stop.
func (s *service) InstallSnapshot(stream grpc.ClientStreamingServer[kvv1.InstallSnapshotRequest, kvv1.InstallSnapshotResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if err := checkHeader(first.GetHeader()); err != nil {
		return kverr.ToStatus(err)
	}
	req := snapshotHeaderFromProto(first.GetHeader())
	s.t.sees(raft.ServerID(req.ID), req.Term)
	resp, err := s.install(stream, req)
	s.t.cfg.Observer.Snapshot(SnapshotMove{Peer: raft.ServerID(req.ID), Index: req.LastLogIndex, Term: req.LastLogTerm, Bytes: req.Size, Err: err})
	if err != nil {
		return kverr.ToStatus(err)
	}
	return stream.SendAndClose(snapshotResponseToProto(resp))
}

func (s *service) install(stream chunkStream, req *raft.InstallSnapshotRequest) (*raft.InstallSnapshotResponse, error) {
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	own := s.t.calls.context()
	unlink := context.AfterFunc(own, func() { cancel(context.Cause(own)) })
	defer unlink()

	data, pipe := io.Pipe()
	unwatch := context.AfterFunc(ctx, func() { pipe.CloseWithError(context.Cause(ctx)) })
	defer func() {
		if unwatch() {
			pipe.CloseWithError(errors.New("the snapshot call has ended"))
		}
	}()
	p := &snapshotPump{stream: stream, pipe: pipe, size: req.Size, idle: s.t.limits.snapshotIdle, stalled: func() { cancel(errSnapshotStalled) }}
	// The pump ends with the stream at the latest, thus after the handler, for
	// which Close waits first.
	s.t.wg.Go(p.run)
	return deliver[raft.InstallSnapshotResponse](ctx, s.t, req, data, nil)
}

// chunkStream is the part of the gRPC stream that the pump needs.
type chunkStream interface {
	Context() context.Context
	Recv() (*kvv1.InstallSnapshotRequest, error)
}

// snapshotPump moves a snapshot's chunks from the stream to the pipe and checks
// them on the way.
type snapshotPump struct {
	stream  chunkStream
	pipe    *io.PipeWriter
	size    int64 // bytes that the header promised
	offset  int64 // bytes moved
	idle    time.Duration
	stalled func() // called if a chunk does not come within idle
}

func (p *snapshotPump) run() {
	for {
		data, err := p.next()
		if err != nil { // io.EOF at the snapshot's proper end: Raft reads it as such
			p.pipe.CloseWithError(err)
			return
		}
		if _, err := p.pipe.Write(data); err != nil {
			return // closed by install
		}
		p.offset += int64(len(data))
	}
}

// next returns the next chunk's bytes, and io.EOF after the last if the snapshot
// is whole.
func (p *snapshotPump) next() ([]byte, error) {
	watchdog := time.AfterFunc(p.idle, p.stalled)
	m, err := p.stream.Recv()
	watchdog.Stop()
	switch {
	case errors.Is(err, io.EOF) && p.offset == p.size:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("snapshot ended after %d of %d bytes", p.offset, p.size)
	case err != nil:
		return nil, fmt.Errorf("receive snapshot at byte %d: %w", p.offset, kverr.FromStatus(err))
	}
	return p.check(m.GetChunk())
}

func (p *snapshotPump) check(c *kvv1.SnapshotChunk) ([]byte, error) {
	data := c.GetData()
	switch {
	case len(data) == 0:
		return nil, fmt.Errorf("snapshot message at byte %d has no data", p.offset)
	case c.GetOffset() != p.offset:
		return nil, fmt.Errorf("snapshot chunk for byte %d came at byte %d", c.GetOffset(), p.offset)
	case int64(len(data)) > p.size-p.offset:
		return nil, fmt.Errorf("snapshot is longer than its %d bytes", p.size)
	case crc32.Checksum(data, castagnoli) != c.GetCrc():
		return nil, fmt.Errorf("snapshot chunk at byte %d is corrupt: its CRC-32C does not match", p.offset)
	}
	return data, nil
}
