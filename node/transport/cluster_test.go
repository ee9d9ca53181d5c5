package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// counterFSM counts the commands it applied and their bytes.
type counterFSM struct{ commands, bytes atomic.Int64 }

func (f *counterFSM) Apply(l *raft.Log) any {
	f.bytes.Add(int64(len(l.Data)))
	return f.commands.Add(1)
}

func (f *counterFSM) Snapshot() (raft.FSMSnapshot, error) { return nil, errors.New("not in this test") }
func (f *counterFSM) Restore(io.ReadCloser) error         { return errors.New("not in this test") }

// faultyStore fails as many appends as fail holds.
type faultyStore struct {
	*raft.InmemStore
	fail atomic.Int64
}

func (s *faultyStore) StoreLogs(logs []*raft.Log) error {
	if s.fail.Add(-1) >= 0 {
		return errors.New("injected store error")
	}
	return s.InmemStore.StoreLogs(logs)
}

// member is a real Raft above our transport.
type member struct {
	*raft.Raft
	id    raft.ServerID
	trans *Transport
	store *faultyStore
	fsm   *counterFSM
	// What it sent: AppendEntries with entries, the entries in them, and the largest.
	messages, entries, largest atomic.Int64
	cut                        atomic.Bool // its calls fail, and those to it
}

// cluster is three members on loopback; commitTimeout is Raft's.
type cluster []*member

func newCluster(t *testing.T, commitTimeout time.Duration, change func(*Config)) cluster {
	t.Helper()
	var c cluster
	for i := range 3 {
		c = append(c, &member{id: raft.ServerID(fmt.Sprintf("n%d", i+1)), store: &faultyStore{InmemStore: raft.NewInmemStore()}, fsm: &counterFSM{}})
	}
	var conf raft.Configuration
	for _, m := range c {
		m.trans = mustOpen(t, m.id, func(cfg *Config) {
			cfg.Peek = m.peek
			cfg.DialOptions = c.wires(m)
			if change != nil {
				change(cfg)
			}
		})
		conf.Servers = append(conf.Servers, raft.Server{ID: m.id, Address: m.trans.LocalAddr()})
	}
	for _, m := range c {
		m.start(t, commitTimeout, conf)
	}
	return c
}

func (m *member) peek() (uint64, raft.ServerID) {
	if m.Raft == nil {
		return 0, ""
	}
	_, leader := m.LeaderWithID()
	return m.CurrentTerm(), leader
}

func (m *member) start(t *testing.T, commitTimeout time.Duration, conf raft.Configuration) {
	t.Helper()
	cfg := raft.DefaultConfig()
	cfg.LocalID = m.id
	cfg.HeartbeatTimeout, cfg.ElectionTimeout, cfg.LeaderLeaseTimeout = time.Second, time.Second, time.Second
	cfg.CommitTimeout = commitTimeout
	cfg.MaxAppendEntries = 64
	cfg.Logger = hclog.NewNullLogger()
	cfg.NoLegacyTelemetry = true
	snaps := raft.NewInmemSnapshotStore()
	if err := raft.BootstrapCluster(cfg, m.store, m.store, snaps, m.trans, conf); err != nil {
		t.Fatal(err)
	}
	r, err := raft.NewRaft(cfg, m.fsm, m.store, m.store, snaps, m.trans)
	if err != nil {
		t.Fatal(err)
	}
	m.Raft = r
	t.Cleanup(func() {
		m.trans.CancelCalls()
		if err := r.Shutdown().Error(); err != nil {
			t.Error(err)
		}
	})
}

// wires count what m sends and cut it off if asked to.
func (c cluster) wires(m *member) []grpc.DialOption {
	cut := func(cc *grpc.ClientConn) error {
		if m.cut.Load() || c.cutAt(cc.Target()) {
			return errors.New("the wire is cut")
		}
		return nil
	}
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			if err := cut(cc); err != nil {
				return err
			}
			return invoker(ctx, method, req, reply, cc, opts...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			stream, err := streamer(ctx, desc, cc, method, opts...)
			return &wiredLane{stream, m, func() error { return cut(cc) }}, err
		}),
	}
}

// wiredLane is a stream under wires.
type wiredLane struct {
	grpc.ClientStream
	from *member
	cut  func() error
}

func (l *wiredLane) SendMsg(msg any) error {
	if err := l.cut(); err != nil {
		return err
	}
	if a, ok := msg.(*kvv1.AppendEntriesRequest); ok && len(a.GetEntries()) > 0 {
		l.from.count(a)
	}
	return l.ClientStream.SendMsg(msg)
}

func (c cluster) cutAt(target string) bool {
	for _, m := range c {
		if m.cut.Load() && target == "passthrough:///"+string(m.trans.LocalAddr()) {
			return true
		}
	}
	return false
}

func (m *member) count(a *kvv1.AppendEntriesRequest) {
	m.messages.Add(1)
	m.entries.Add(int64(len(a.GetEntries())))
	size := int64(0)
	for _, e := range a.GetEntries() {
		size += int64(len(e.GetData()))
	}
	for old := m.largest.Load(); size > old && !m.largest.CompareAndSwap(old, size); old = m.largest.Load() {
	}
}

func (c cluster) leader(t *testing.T) *member {
	t.Helper()
	var leader *member
	waitFor(t, func() string {
		for _, m := range c {
			if !m.cut.Load() && m.State() == raft.Leader {
				leader = m
				return ""
			}
		}
		return "no leader"
	})
	return leader
}

func (c cluster) follower(t *testing.T) *member {
	leader := c.leader(t)
	for _, m := range c {
		if m != leader {
			return m
		}
	}
	panic("unreachable")
}

// write applies n commands of size bytes at once and waits for all.
func write(t *testing.T, leader *member, n, size int) {
	t.Helper()
	data := bytes.Repeat([]byte("x"), size)
	futures := make(chan raft.ApplyFuture, n)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				futures <- leader.Apply(data, limit)
			}
		})
	}
	doneCh := make(chan error, 1)
	go func() {
		wg.Wait()
		close(futures)
		var first error
		for f := range futures {
			if err := f.Error(); err != nil && first == nil {
				first = err
			}
		}
		doneCh <- first
	}()
	if err := receive(t, doneCh, fmt.Sprintf("commit of %d writes", n)); err != nil {
		t.Fatal(err)
	}
}

func (c cluster) waitApplied(t *testing.T, commands int64) {
	t.Helper()
	waitFor(t, func() string {
		for _, m := range c {
			if n := m.fsm.commands.Load(); n != commands {
				return fmt.Sprintf("%s has applied %d of %d", m.id, n, commands)
			}
		}
		return ""
	})
}

// never is a commit timeout that no test lives to see: a burst that needed one
// for each batch (RAFT.md, row 2b) would not end.
const never = time.Hour

// A burst commits without a wait between its batches, and each entry travels
// about once to each follower.
func TestBurstDoesNotStall(t *testing.T) {
	t.Parallel()
	c := newCluster(t, never, nil)
	leader := c.leader(t)
	write(t, leader, 3000, 300)
	messages, entries := leader.messages.Load(), leader.entries.Load()
	t.Logf("%d messages carried %d entries", messages, entries)
	// One follower may lag behind the majority when the last write commits.
	if messages < 3000/64 || messages > 2*3001 {
		t.Fatalf("%d messages for 2 × 3000 entries", messages)
	}
	if entries > 2*3100 {
		t.Fatalf("%d entries travelled: the same ones again and again", entries)
	}
}

// Messages are cut by bytes, and Raft goes on behind the cut: nothing is left out.
func TestByteCapWithLargeEntries(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	c := newCluster(t, 10*time.Millisecond, func(cfg *Config) { cfg.MaxAppendBytes, cfg.MaxEntryBytes = 2*mib+1000, mib })
	leader := c.leader(t)
	write(t, leader, 64, mib)
	c.waitApplied(t, 64)
	for _, m := range c {
		if n := m.fsm.bytes.Load(); n != 64*mib {
			t.Fatalf("%s applied %d bytes", m.id, n)
		}
	}
	if largest := leader.largest.Load(); largest > 2*mib {
		t.Fatalf("a message of %d bytes went out", largest)
	}
}

// An entry above the cap goes by itself.
func TestByteCapSendsAtLeastOneEntry(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 10*time.Millisecond, func(cfg *Config) { cfg.MaxAppendBytes = 1 })
	leader := c.leader(t)
	write(t, leader, 64, 1000)
	c.waitApplied(t, 64)
	if m, e := leader.messages.Load(), leader.entries.Load(); m != e {
		t.Fatalf("%d messages for %d entries", m, e)
	}
}

// A follower that was away catches up.
func TestFollowerCatchesUp(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 10*time.Millisecond, nil)
	away := c.follower(t)
	away.cut.Store(true)
	write(t, c.leader(t), 2000, 300)
	away.cut.Store(false)
	c.waitApplied(t, 2000)
}

// RAFT.md, row 2: with Raft's pipeline a follower whose store failed for a moment
// was stuck for ever.
func TestFollowerSurvivesStoreErrors(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 10*time.Millisecond, nil)
	leader := c.leader(t)
	follower := c.follower(t)
	write(t, leader, 200, 300)
	follower.store.fail.Store(5)
	write(t, leader, 800, 300)
	waitFor(t, func() string {
		if n := follower.store.fail.Load(); n > 0 {
			return fmt.Sprintf("%d appends are still to fail", n)
		}
		return ""
	})
	c.waitApplied(t, 1000)
}

// Leadership moves over the transport: TimeoutNow, pre-vote and vote.
func TestLeadershipTransfer(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 10*time.Millisecond, nil)
	old, next := c.leader(t), c.follower(t)
	write(t, old, 80, 10)
	if err := old.LeadershipTransferToServer(next.id, next.trans.LocalAddr()).Error(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() string {
		if next.State() != raft.Leader {
			return fmt.Sprintf("%s is a %v", next.id, next.State())
		}
		return ""
	})
	write(t, next, 80, 10)
	c.waitApplied(t, 160)
}
