package transport

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

func snapshotRequest(size int) *raft.InstallSnapshotRequest {
	return &raft.InstallSnapshotRequest{
		RPCHeader: header("n1"), SnapshotVersion: 1, Term: 2, LastLogIndex: 5, LastLogTerm: 2,
		Configuration: raft.EncodeConfiguration(raft.Configuration{}), Size: int64(size),
	}
}

func randomBytes(t *testing.T, n int) []byte {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// restored is what a follower's Raft read of a snapshot.
type restored struct {
	data []byte
	err  error
}

// restore plays a follower's Raft: it reads to the end and says what it has read.
func restore(t *testing.T, tr *Transport, slow func(io.Reader) io.Reader) <-chan restored {
	ch := make(chan restored, 1)
	answer(t, tr, func(rpc raft.RPC) (any, error) {
		data, err := io.ReadAll(slow(rpc.Reader))
		ch <- restored{data, err}
		return &raft.InstallSnapshotResponse{Term: 2, Success: err == nil}, err
	})
	return ch
}

func plainly(r io.Reader) io.Reader { return r }

// A large snapshot arrives whole, whatever manners the reader of it has: one that
// returns its last bytes together with io.EOF among them.
func TestSnapshotArrivesWhole(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		size   int
		source func(io.Reader) io.Reader
		sink   func(io.Reader) io.Reader
	}{
		{"20 MiB", 20 << 20, plainly, plainly},
		{"last bytes with EOF", 3*chunkBytes + 17, iotest.DataErrReader, plainly},
		{"whole chunks with EOF", 2 * chunkBytes, iotest.DataErrReader, plainly},
		{"halves", chunkBytes + 1, iotest.HalfReader, plainly},
		{"empty", 0, plainly, plainly},
		{"byte by byte", 4 << 10, iotest.OneByteReader, iotest.OneByteReader},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
			gotCh := restore(t, b, tc.sink)
			want := randomBytes(t, tc.size)
			var resp raft.InstallSnapshotResponse
			if err := a.InstallSnapshot("n2", b.LocalAddr(), snapshotRequest(tc.size), &resp, tc.source(bytes.NewReader(want))); err != nil {
				t.Fatal(err)
			}
			got := receive(t, gotCh, "snapshot")
			if got.err != nil || !bytes.Equal(got.data, want) || !resp.Success {
				t.Fatalf("read %d bytes of %d, %v; answer %+v", len(got.data), tc.size, got.err, resp)
			}
		})
	}
}

// A slow receiver is waited for as long as it moves: the whole takes longer than
// what is allowed without progress.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	a.limits.snapshotIdle, b.limits.snapshotIdle = 400*time.Millisecond, 400*time.Millisecond
	const size = 16 * chunkBytes
	began := time.Now()
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	gotCh := restore(t, b, func(r io.Reader) io.Reader {
		moved := 0
		return readerFunc(func(p []byte) (int, error) {
			if moved >= chunkBytes {
				moved = 0
				select {
				case <-tick.C:
				case <-t.Context().Done():
				}
			}
			n, err := r.Read(p)
			moved += n
			return n, err
		})
	})
	if err := a.InstallSnapshot("n2", b.LocalAddr(), snapshotRequest(size), &raft.InstallSnapshotResponse{}, bytes.NewReader(make([]byte, size))); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, gotCh, "snapshot"); got.err != nil || len(got.data) != size {
		t.Fatalf("read %d bytes, %v", len(got.data), got.err)
	}
	if took := time.Since(began); took < a.limits.snapshotIdle {
		t.Fatalf("took %v only: the test shows nothing", took)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A sender whose data end early, go on too long or fail tells an error, and the
// receiver reads one: never a shorter snapshot.
func TestSendersTrouble(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk broke")
	const size = 3 * chunkBytes
	for name, end := range map[string]io.Reader{
		"short":  bytes.NewReader(make([]byte, size/2-1)),
		"long":   bytes.NewReader(make([]byte, size/2+1)),
		"broken": iotest.ErrReader(broken),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
			begun := make(chan struct{})
			gotCh := restore(t, b, func(r io.Reader) io.Reader { close(begun); return r })
			// The trouble comes when the receiver reads already: an aborted stream
			// that nobody has looked at yet is dropped without a trace.
			data := io.MultiReader(bytes.NewReader(make([]byte, size/2)), readerFunc(func([]byte) (int, error) {
				receive(t, begun, "start of the receiver")
				return 0, io.EOF
			}), end)
			err := a.InstallSnapshot("n2", b.LocalAddr(), snapshotRequest(size), &raft.InstallSnapshotResponse{}, data)
			if err == nil {
				t.Fatal("the sender saw no error")
			}
			if got := receive(t, gotCh, "snapshot"); got.err == nil {
				t.Fatalf("the receiver read %d bytes without an error", len(got.data))
			}
		})
	}
}

// A sender that stops in the middle is given up; so is one whose own node cancels
// its calls, and the receiver's Raft is free again in each case.
func TestSnapshotGivenUp(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(a, b *Transport){
		"sender cancels":   func(a, _ *Transport) { a.CancelCalls() },
		"receiver cancels": func(_, b *Transport) { b.CancelCalls() },
		"sender closes":    func(a, _ *Transport) { a.Close() },
		"receiver closes":  func(_, b *Transport) { b.Close() },
		"idle":             func(_, _ *Transport) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
			if name == "idle" {
				a.limits.snapshotIdle, b.limits.snapshotIdle = limit, 100*time.Millisecond
			}
			begun := make(chan struct{})
			gotCh := restore(t, b, func(r io.Reader) io.Reader { close(begun); return r })
			const size = 4 * chunkBytes
			source, feed := io.Pipe()
			errCh := make(chan error, 1)
			go func() {
				errCh <- a.InstallSnapshot("n2", b.LocalAddr(), snapshotRequest(size), &raft.InstallSnapshotResponse{}, source)
			}()
			if _, err := feed.Write(make([]byte, 2*chunkBytes)); err != nil {
				t.Fatal(err)
			}
			receive(t, begun, "start of the receiver") // else the end leaves no trace there
			end(a, b)
			if got := receive(t, gotCh, "end of the follower's read"); got.err == nil {
				t.Fatalf("the receiver read %d bytes of %d without an error", len(got.data), size)
			}
			// The sender hangs in its own disk until that answers.
			go func() { _, _ = feed.Write(make([]byte, 2*chunkBytes)); _ = feed.Close() }()
			if err := receive(t, errCh, "end of the sender's call"); err == nil {
				t.Fatal("the sender saw no error")
			}
			_ = source.Close()
		})
	}
}

// What a faulty peer may send on the stream becomes a read error.
func TestFaultyStreams(t *testing.T) {
	t.Parallel()
	chunk := func(data string, offset int64) *kvv1.InstallSnapshotRequest {
		c := &kvv1.SnapshotChunk{Data: []byte(data), Offset: offset, Crc: crc32.Checksum([]byte(data), castagnoli)}
		return &kvv1.InstallSnapshotRequest{Part: &kvv1.InstallSnapshotRequest_Chunk{Chunk: c}}
	}
	corrupt := chunk("world", 5)
	corrupt.GetChunk().Data[0] ^= 1
	head := &kvv1.InstallSnapshotRequest{Part: &kvv1.InstallSnapshotRequest_Header{Header: snapshotHeaderToProto(snapshotRequest(10))}}
	for name, tc := range map[string]struct {
		rest []*kvv1.InstallSnapshotRequest
		says string
	}{
		"sound":         {[]*kvv1.InstallSnapshotRequest{chunk("hello", 0), chunk("world", 5)}, ""},
		"corrupt":       {[]*kvv1.InstallSnapshotRequest{chunk("hello", 0), corrupt}, "corrupt"},
		"truncated":     {[]*kvv1.InstallSnapshotRequest{chunk("hello", 0)}, "ended after 5 of 10 bytes"},
		"repeated":      {[]*kvv1.InstallSnapshotRequest{chunk("hello", 0), chunk("hello", 0)}, "chunk for byte 0 came at byte 5"},
		"gap":           {[]*kvv1.InstallSnapshotRequest{chunk("world", 5)}, "chunk for byte 5 came at byte 0"},
		"long":          {[]*kvv1.InstallSnapshotRequest{chunk("hello", 0), chunk("world", 5), chunk("!", 10)}, "longer"},
		"second header": {[]*kvv1.InstallSnapshotRequest{chunk("hello", 0), head}, "no data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
			gotCh := restore(t, b, plainly)
			stream := mustStream(t, a, b)
			for _, m := range append([]*kvv1.InstallSnapshotRequest{head}, tc.rest...) {
				if err := stream.Send(m); err != nil && !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
			}
			_, err := stream.CloseAndRecv()
			got := receive(t, gotCh, "snapshot")
			if tc.says == "" {
				if err != nil || got.err != nil || string(got.data) != "helloworld" {
					t.Fatalf("read %q, %v; answer %v", got.data, got.err, err)
				}
				return
			}
			if got.err == nil || err == nil {
				t.Fatalf("read %q, %v; answer %v", got.data, got.err, err)
			}
			mustContain(t, got.err.Error(), tc.says)
			mustContain(t, err.Error(), tc.says)
		})
	}
}

// Headers that Raft would panic on never reach it.
func TestFaultyHeaders(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	answer(t, b, func(rpc raft.RPC) (any, error) {
		t.Errorf("%+v passed", rpc.Command)
		return nil, errors.New("unwanted")
	})
	negative, garbled := snapshotRequest(-1), snapshotRequest(0)
	garbled.Configuration = []byte("\x81\xa7Serv")
	for _, m := range []*kvv1.InstallSnapshotRequest{
		{},
		{Part: &kvv1.InstallSnapshotRequest_Chunk{Chunk: &kvv1.SnapshotChunk{}}},
		{Part: &kvv1.InstallSnapshotRequest_Header{Header: snapshotHeaderToProto(negative)}},
		{Part: &kvv1.InstallSnapshotRequest_Header{Header: snapshotHeaderToProto(garbled)}},
	} {
		stream := mustStream(t, a, b)
		if err := stream.Send(m); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if _, err := stream.CloseAndRecv(); err == nil {
			t.Fatalf("%v: no error", m)
		}
	}
}

func mustStream(t *testing.T, a, b *Transport) grpc.ClientStreamingClient[kvv1.InstallSnapshotRequest, kvv1.InstallSnapshotResponse] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	stream, err := kvv1.NewRaftClient(a.Conn("n2", b.LocalAddr())).InstallSnapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}
