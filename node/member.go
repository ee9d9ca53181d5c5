package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	"kv/node/fsm"
	"kv/node/guard"
	"kv/node/logstore"
	"kv/node/rpc"
	"kv/node/snapstore"
	"kv/node/transport"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// member is the part of a node that belongs to a cluster: the log, the state
// machine, Raft between them, and the transport. A node that waits has none.
type member struct {
	cfg  Config
	id   raft.ServerID
	self *kvv1.Member // what the member table should say of us
	dir  string
	// fail ends the node; it returns at once.
	fail func(error)

	log       *logstore.Log
	stable    *logstore.Stable
	snapshots *snapstore.Store
	machine   *fsm.Machine
	applier   *applier
	transport *transport.Transport
	// consensus is replaced when Raft has to be restarted over a living
	// transport; see heal.
	consensus atomic.Pointer[consensus]
	restarts  sync.Mutex // held while consensus is replaced
	// restarting is true from before the old run ends until the new one is in its
	// place, and for good if there is none: nothing is known of the term then.
	restarting atomic.Bool
	// timing is held while Raft's timers are set; see timers.go.
	timing sync.Mutex
	// reloading is held while Raft's configuration is changed.
	reloading sync.Mutex

	proposer      *proposer
	leaderReads   *roundReader
	tardy         map[raft.ServerID]int // of canvass; belongs to the goroutine of leaderReads
	followerReads *roundReader
	hub           *hub
	lessor        lessor
	reign         *reign
	recorder      *recorder
	tracing       *tracing
	progress      progress
	hashing       chan struct{} // holds one element while the state is hashed
	demands       chan demand   // taken by runSnapshots
	// modern is true once all members are known to have been upgraded.
	modern atomic.Bool
	// changes serialises changes of the membership.
	changes sync.Mutex
	// known is true once the state machine has shown us in the member table.
	known atomic.Bool

	ctx    context.Context // ends when the member stops
	cancel context.CancelFunc
	// taking ends when no more writes are taken, which may be a little earlier.
	taking     context.Context
	stopTaking context.CancelFunc
	wg         sync.WaitGroup
	spawning   sync.Mutex // held by spawn, and while ctx is ended
}

// openMember opens what is in the data folder and joins the conversation.
func openMember(cfg Config, id identity, dir string, l net.Listener, services rpc.Config, fail func(error)) (_ *member, err error) {
	m := &member{
		cfg:  cfg,
		id:   serverID(id.Name, id.Incarnation),
		self: selfMember(cfg, id),
		dir:  dir,
		fail: fail,

		hashing: make(chan struct{}, 1),
		demands: make(chan demand),
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.taking, m.stopTaking = context.WithCancel(m.ctx)
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	if err := m.openStores(); err != nil {
		return nil, err
	}
	m.machine = fsm.New(fsm.Options{OnFatal: fail})
	m.reign = newReign()
	m.tracing = new(tracing)
	m.recorder = newRecorder(cfg.Events, m.id, cfg.HeartbeatTimeout)
	m.hub = newHub(func() past { return m.machine.View() })
	m.applier = newApplier(m.machine, func(index uint64) bool { return m.log.Await(index, m.ctx.Done()) }, func() { m.noteRemoval(); m.hub.publish() })
	m.proposer = newProposer(func(data []byte) raft.ApplyFuture {
		c := m.consensus.Load()
		return bounded(c.raft.Apply(data, 0), c.shut)
	}, m.lag)
	m.proposer.limbo.gap = cfg.ElectionTimeout
	m.proposer.tracing, m.applier.tracing = m.tracing, m.tracing
	m.leaderReads, m.tardy = newRoundReader(m.confirmLeadership), make(map[raft.ServerID]int)
	m.followerReads = newRoundReader(m.askLeader)
	services.Counts = nil // other members come by this way, with what they have counted
	m.transport, err = transport.Open(transport.Config{
		ClusterID:        id.ClusterID,
		LocalID:          m.id,
		Advertise:        m.self.GetRaftAddress(),
		Listener:         l,
		Handler:          m,
		Register:         func(r grpc.ServiceRegistrar) { rpc.Register(r, services) },
		Peek:             m.peek,
		Gate:             m.gate,
		Durable:          m.log.Durable,
		Observer:         m,
		HeartbeatTimeout: cfg.HeartbeatTimeout,
		ElectionTimeout:  cfg.ElectionTimeout,
		Patience:         cfg.Patience,
		MaxEntryBytes:    maxEntryBytes(),
		DialOptions:      append(slices.Clip(cfg.DialOptions), grpc.WithStatsHandler(kverr.SentHandler{})),
		Logger:           cfg.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("open transport: %w", err)
	}
	if err := m.startRaft(id); err != nil {
		return nil, err
	}
	m.startLoops(id)
	return m, nil
}

func selfMember(cfg Config, id identity) *kvv1.Member {
	return &kvv1.Member{
		Name:        id.Name,
		Incarnation: id.Incarnation,
		RaftAddress: net.JoinHostPort(cfg.AdvertiseHost, fmt.Sprint(cfg.RaftPort)),
		KvAddress:   net.JoinHostPort(cfg.AdvertiseHost, fmt.Sprint(cfg.KVPort)),
		Version:     Version,
	}
}

func logDir(dir string) string   { return filepath.Join(dir, "log") }
func votePath(dir string) string { return filepath.Join(dir, "vote") }

// createStores makes the empty log and vote of a node that is about to become a
// member. They are made before the identity says so: a member whose log is
// missing has lost it, and must not start as if it had never had one.
func createStores(dir string, disk guard.Disk) error {
	log, err := logstore.Open(logDir(dir), logstore.Options{Guard: disk})
	if err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	stable, err := logstore.OpenStable(votePath(dir), logstore.Options{Guard: disk})
	if err != nil {
		return errors.Join(fmt.Errorf("create vote: %w", err), log.Close())
	}
	return errors.Join(stable.Close(), log.Close())
}

func (m *member) openStores() error {
	for _, path := range []string{logDir(m.dir), votePath(m.dir)} {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("%s is a member of a cluster, but its log is gone (%w): "+
				"remove %s from the cluster, empty %s and join again", m.cfg.Name, err, m.cfg.Name, m.dir)
		}
	}
	options := logstore.Options{
		SegmentBytes: m.cfg.SegmentBytes,
		OnFatal:      func(err error) { m.fail(fmt.Errorf("disk: %w", err)) },
		Hook:         m.cfg.DiskHook,
		Guard:        m.cfg.DiskGuard,
		Clock:        m.cfg.DiskClock,
	}
	var err error
	if m.stable, err = logstore.OpenStable(votePath(m.dir), options); err != nil {
		return fmt.Errorf("open vote: %w", err)
	}
	if m.log, err = logstore.Open(logDir(m.dir), options); err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	if m.snapshots, err = snapstore.Open(m.dir, m.cfg.Logger, m.cfg.DiskGuard); err != nil {
		return fmt.Errorf("open snapshots: %w", err)
	}
	return reconcile(m.log, m.snapshots)
}

// startLoops starts the member's goroutines; close waits for them.
func (m *member) startLoops(id identity) {
	m.wg.Go(func() { m.proposer.take(m.taking) })
	m.wg.Go(m.proposer.land)
	m.wg.Go(func() { m.leaderReads.run(m.ctx) })
	m.wg.Go(func() { m.followerReads.run(m.ctx) })
	m.wg.Go(func() { m.hub.run(m.ctx) })
	m.wg.Go(func() { m.announce(m.ctx, id) })
	m.wg.Go(func() { m.watchDisk(m.ctx) })
	m.wg.Go(func() { m.runSnapshots(m.ctx) })
	m.wg.Go(func() { m.heal(m.ctx, id) })
	m.wg.Go(func() { m.succeed(m.ctx) })
	if m.cfg.Patience != nil {
		m.wg.Go(func() { m.keepTimers(m.ctx) })
	}
}

// peek tells the transport what Raft knows at this moment.
func (m *member) peek() (uint64, raft.ServerID) {
	r := m.raft()
	if m.restarting.Load() || r == nil {
		return 0, ""
	}
	_, leader := r.LeaderWithID()
	return r.CurrentTerm(), leader
}

// gate keeps a member whose disk hangs, or has failed, from leading and from standing
// for election: Raft's heartbeats do not notice it (RAFT.md row 7).
func (m *member) gate() error {
	if err := m.log.Err(); err != nil {
		return err
	}
	if stalled := m.log.Stalled(); stalled > m.cfg.StallTimeout {
		return fmt.Errorf("the disk has been syncing for %s", stalled.Round(time.Millisecond))
	}
	return nil
}

// stop ends the member in good order: leadership goes to another member, then
// what is under way is finished. ctx bounds how long that may take.
func (m *member) stop(ctx context.Context) {
	if m.leading() && m.otherVoters() > 0 {
		if _, err := m.transferTo(ctx, ""); err != nil {
			m.cfg.Logger.Warn("stopping without a transfer of leadership", "error", err)
		}
	}
	m.stopTaking()
	m.await(ctx, m.proposer.idle)
	m.close()
}

// spawn starts a goroutine that close waits for, unless the member ends already.
func (m *member) spawn(do func()) {
	m.spawning.Lock()
	defer m.spawning.Unlock()
	if m.ctx.Err() == nil {
		m.wg.Go(do)
	}
}

// silence begins the end: nothing is said to other members any more.
func (m *member) silence() {
	m.spawning.Lock()
	m.cancel()
	m.spawning.Unlock()
	if m.transport != nil {
		m.transport.CancelCalls()
		m.transport.Close()
	}
}

// close ends the member at once. It waits for the disk.
func (m *member) close() {
	m.silence()
	m.restarts.Lock()
	c := m.consensus.Load()
	m.restarts.Unlock()
	if c != nil {
		c.shutdown()
	}
	m.wg.Wait()
	if m.log != nil {
		m.log.Close()
	}
	if m.stable != nil {
		m.stable.Close()
	}
}

// await returns once cond holds, or ctx ends.
func (m *member) await(ctx context.Context, cond func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// write replicates a client's encoded command and returns its result.
func (m *member) write(ctx context.Context, command []byte) (fsm.Result, error) {
	return m.settled(m.proposer.propose(ctx, command))
}

// writeOwn is write for what this member has to do itself.
func (m *member) writeOwn(ctx context.Context, command []byte) (fsm.Result, error) {
	return m.settled(m.proposer.proposeOwn(ctx, command))
}

// settled gives the errors of a proposal and of its result their names.
func (m *member) settled(result fsm.Result, err error) (fsm.Result, error) {
	if err != nil {
		var known *kverr.Error
		if errors.As(err, &known) {
			return fsm.Result{}, err
		}
		return fsm.Result{}, m.fromRaft(err)
	}
	return result, m.fromState(result.Err)
}

// lag is how many committed entries the state machine has still to apply.
func (m *member) lag() uint64 {
	r := m.raft()
	if r == nil {
		return 0
	}
	committed := r.CommitIndex()
	applied, _ := m.machine.Applied()
	return committed - min(committed, applied)
}
