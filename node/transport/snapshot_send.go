package transport

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// chunkBytes is how much of a snapshot one message carries.
const chunkBytes = 512 << 10

// castagnoli is the polynomial of CRC-32C, which processors have in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errSnapshotStalled ends a snapshot that has made no progress for too long.
var errSnapshotStalled = errors.New("the snapshot made no progress")

// InstallSnapshot streams args.Size bytes of data to the follower and waits until
// it has restored them. There is no deadline for the whole: it is given up when
// no chunk has moved for 10 s, or when no answer has come 5 minutes after the
// last. Data of another length is an error, and nothing is installed.
func (t *Transport) InstallSnapshot(id raft.ServerID, target raft.ServerAddress, args *raft.InstallSnapshotRequest, resp *raft.InstallSnapshotResponse, data io.Reader) error {
	err := t.sendSnapshot(id, target, args, resp, data)
	t.sees(id, resp.Term)
	t.cfg.Observer.Snapshot(SnapshotMove{Peer: id, Sent: true, Index: args.LastLogIndex, Term: args.LastLogTerm, Bytes: args.Size, Err: err})
	return err
}

func (t *Transport) sendSnapshot(id raft.ServerID, target raft.ServerAddress, args *raft.InstallSnapshotRequest, resp *raft.InstallSnapshotResponse, data io.Reader) error {
	c := call{name: "install snapshot", id: id, target: target}
	p, err := t.peers.get(id, target)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(t.calls.context())
	defer cancel(nil)
	watchdog := t.cfg.Patience.AfterFunc(t.limits.snapshotIdle, func() { cancel(errSnapshotStalled) })
	defer watchdog.Stop()

	stream, err := kvv1.NewRaftClient(p.bulk).InstallSnapshot(ctx)
	if err != nil {
		return callError(ctx, c, err)
	}
	s := snapshotSender{stream: stream, moved: func() { watchdog.Reset(t.limits.snapshotIdle) }}
	if err := s.send(args, data); err != nil {
		return callError(ctx, c, err)
	}
	watchdog.Reset(t.limits.snapshotAnswer)
	out, err := stream.CloseAndRecv()
	if err != nil {
		return callError(ctx, c, err)
	}
	*resp = snapshotResponseFromProto(out)
	return nil
}

// snapshotSender cuts a snapshot into chunks.
type snapshotSender struct {
	stream grpc.ClientStreamingClient[kvv1.InstallSnapshotRequest, kvv1.InstallSnapshotResponse]
	moved  func() // told after each message that flow control let through
}

// send sends all but the end of the stream, which tells the receiver that the
// snapshot is whole.
func (s *snapshotSender) send(args *raft.InstallSnapshotRequest, data io.Reader) error {
	header := &kvv1.InstallSnapshotRequest_Header{Header: snapshotHeaderToProto(args)}
	if err := s.put(&kvv1.InstallSnapshotRequest{Part: header}); err != nil {
		return err
	}
	for offset := int64(0); ; {
		buf := make([]byte, chunkBytes) // gRPC's interceptors may keep the last one
		n, err := io.ReadFull(data, buf)
		atEnd := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !atEnd {
			return fmt.Errorf("read snapshot at byte %d: %w", offset+int64(n), err)
		}
		if n > 0 {
			if err := s.putChunk(buf[:n], offset); err != nil {
				return err
			}
			offset += int64(n)
		}
		if offset > args.Size || atEnd && offset != args.Size {
			return fmt.Errorf("snapshot has %d bytes or more, not %d", offset, args.Size)
		}
		if atEnd {
			return nil
		}
	}
}

func (s *snapshotSender) putChunk(data []byte, offset int64) error {
	chunk := &kvv1.SnapshotChunk{Data: data, Crc: crc32.Checksum(data, castagnoli), Offset: offset}
	return s.put(&kvv1.InstallSnapshotRequest{Part: &kvv1.InstallSnapshotRequest_Chunk{Chunk: chunk}})
}

// put sends one message. gRPC answers io.EOF if the receiver has ended the call;
// why it did so comes with the answer.
func (s *snapshotSender) put(m *kvv1.InstallSnapshotRequest) error {
	err := s.stream.Send(m)
	if errors.Is(err, io.EOF) {
		if _, err = s.stream.CloseAndRecv(); err == nil {
			err = errors.New("the receiver answered before the snapshot's end")
		}
	}
	if err == nil {
		s.moved()
	}
	return err
}
