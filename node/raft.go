package node

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"kv/proto/kverr"
)

// consensus is one run of the Raft library and the goroutine that listens to it.
type consensus struct {
	raft *raft.Raft
	// office is told of every gain and loss of leadership, in order. The library
	// blocks on it, so watchOffice does nothing but take (Consul #6852).
	office chan bool
	// leaders is told of every other leader that this member hears of, likewise.
	leaders chan raft.Observation
	ended   chan struct{} // closed once watchOffice has returned
	shut    chan struct{} // closed once all the library's goroutines have ended
	once    sync.Once     // of shutdown
	running atomic.Bool   // the library has goroutines of its own
}

// raft returns the library's node; nil before it has been started.
func (m *member) raft() *raft.Raft {
	if c := m.consensus.Load(); c != nil {
		return c.raft
	}
	return nil
}

// startRaft starts the library over the member's stores and transport.
func (m *member) startRaft(id identity) error {
	c := &consensus{office: make(chan bool, 8), leaders: make(chan raft.Observation, 8), ended: make(chan struct{}), shut: make(chan struct{})}
	if id.Founding {
		if err := m.found(); err != nil {
			return fmt.Errorf("found cluster: %w", err)
		}
	}
	r, err := m.newRaft(c)
	if err != nil {
		return fmt.Errorf("start raft: %w", err)
	}
	c.running.Store(true)
	r.RegisterObserver(raft.NewObserver(c.leaders, true, func(o *raft.Observation) bool {
		_, ok := o.Data.(raft.LeaderObservation)
		return ok
	}))
	r.RegisterObserver(m.recorder.observer())
	c.raft = r
	m.consensus.Store(c)
	go m.watchOffice(c, id)
	return nil
}

// newRaft makes the library's node. It writes the term, and panics where it cannot: such as
// when the disk fails, or the power is cut, while a stuck run is replaced. It has no
// goroutines by then.
func (m *member) newRaft(c *consensus) (r *raft.Raft, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return raft.NewRaft(m.raftConfig(c.office), m.applier, leaderLog{m.log, m.storesAhead, m.overwritten, m.stored, c.vanish}, orderlyVotes{m.stable, m.log, c.vanish}, m.snapshots, m.transport)
}

// found writes the term and the first configuration of a new cluster, unless that
// was done before. The library's BootstrapCluster writes the same, but after a
// crash between the two it takes the term alone for a cluster: the node would
// then have no configuration for ever, and no way to get one.
func (m *member) found() error {
	last, err := m.log.LastIndex()
	if err != nil || last > 0 {
		return err
	}
	if _, ok := m.snapshots.Newest(); ok {
		return nil
	}
	if err := m.stable.SetUint64([]byte("CurrentTerm"), 1); err != nil {
		return err
	}
	first := raft.Configuration{Servers: []raft.Server{{
		ID: m.id, Address: raft.ServerAddress(m.self.GetRaftAddress()), Suffrage: raft.Voter,
	}}}
	return m.log.StoreLog(&raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(first)})
}

// raftConfig departs from the library's defaults where RAFT.md says why.
func (m *member) raftConfig(office chan<- bool) *raft.Config {
	conf := raft.DefaultConfig()
	conf.LocalID = m.id
	conf.HeartbeatTimeout = m.cfg.HeartbeatTimeout
	conf.ElectionTimeout = m.cfg.ElectionTimeout
	// As long as the heartbeat timeout: without the library's heartbeat fast
	// path (unsafe, #695) a follower that syncs its disk answers late.
	conf.LeaderLeaseTimeout = m.cfg.HeartbeatTimeout
	conf.CommitTimeout = m.cfg.CommitTimeout
	// Entries are batches already. The library makes room for that many with each
	// message and with each commit, however few there are: 1024 were 40 KB a write.
	conf.MaxAppendEntries = 128
	conf.ShutdownOnRemove = false
	conf.SnapshotThreshold = math.MaxUint64 // runSnapshots decides
	conf.SnapshotInterval = time.Hour
	conf.TrailingLogs = m.cfg.TrailingEntries
	conf.NotifyCh = office
	conf.NoLegacyTelemetry = true
	// The state outlives a run of the library. To restore the newest snapshot then would
	// take the member back behind what readers and watchers have seen, and its own row in
	// the member table away. What it has already it lets pass (fsm.ErrAlreadyApplied).
	newest, _ := m.snapshots.Newest()
	applied, _ := m.machine.Applied()
	conf.NoSnapshotRestoreOnStart = applied > 0 && applied >= newest.Index
	conf.Logger = newRaftLogger(m.cfg.Logger)
	return conf
}

// reload changes the library's configuration, which it can only replace as a whole.
func (m *member) reload(r *raft.Raft, change func(*raft.ReloadableConfig)) error {
	m.reloading.Lock()
	defer m.reloading.Unlock()
	is := r.ReloadableConfig()
	conf := is
	if change(&conf); conf == is {
		return nil
	}
	return r.ReloadConfig(conf)
}

// shutdown ends the library and its listener. It may be called again.
func (c *consensus) shutdown() {
	c.once.Do(func() {
		c.raft.Shutdown().Error() // always nil; waits for the library's goroutines
		close(c.shut)
	})
	<-c.ended
}

// settle asks something of the library and waits for the answer.
func (m *member) settle(ask func(*raft.Raft) raft.Future) error {
	c := m.consensus.Load()
	return bounded(ask(c.raft), c.shut).Error()
}

// bounded has a future answer with ErrRaftShutdown once shut is closed, if it has
// no answer of its own. At its end the library forgets what it has handed over to
// the state machine (fsm.go, runFSM), with the futures of those entries. Futures
// have a ShutdownCh for such a case, which the library leaves nil in these.
func bounded[F raft.Future](future F, shut chan struct{}) F {
	v := reflect.ValueOf(future)
	if v.Kind() != reflect.Pointer {
		return future // answered from the beginning
	}
	if f := v.Elem().FieldByName("ShutdownCh"); f.CanSet() && f.Type() == reflect.TypeOf(shut) && f.IsNil() {
		f.Set(reflect.ValueOf(shut))
	}
	return future
}

// watchOffice runs the leader's duties for as long as this member leads.
func (m *member) watchOffice(c *consensus, id identity) {
	defer close(c.ended)
	var (
		cancel context.CancelFunc = func() {}
		done                      = make(chan struct{})
	)
	close(done)
	leave := func() { cancel(); <-done }
	for {
		select {
		case gained := <-c.office:
			cancel()
			if !gained {
				continue
			}
			ctx, stop := context.WithCancel(m.ctx)
			before := done
			cancel, done = stop, make(chan struct{})
			go func(done chan struct{}) {
				defer close(done)
				<-before
				m.lead(ctx, id)
			}(done)
		case o := <-c.leaders:
			m.reign.hear(o.Data.(raft.LeaderObservation).LeaderID)
		case <-c.shut:
			leave()
			return
		}
	}
}

// heal restarts the library when it is stuck for good.
func (m *member) heal(ctx context.Context, id identity) {
	tick := time.NewTicker(m.cfg.HeartbeatTimeout / 2)
	defer tick.Stop()
	suspicions := 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		why := m.stuck()
		if why == "" {
			suspicions = 0
			continue
		}
		if suspicions++; suspicions < 2 {
			continue // it may be between the install and the removal of the log
		}
		suspicions = 0
		m.cfg.Logger.Warn("restarting raft: " + why)
		if err := m.restartRaft(ctx, id); err != nil {
			m.fail(fmt.Errorf("restart raft: %w", err))
			return
		}
		m.proposer.limbo.forget()
	}
}

// stuck returns why the library seems to be stuck, "" if it does not: after the install of
// a snapshot over conflicting entries its memory of the log's end is beyond the log, and it
// refuses all entries for ever (hashicorp/raft #697; RAFT.md row 3); and a transfer of
// leadership may never end (limbo).
func (m *member) stuck() string {
	switch {
	case m.beyondLog():
		return "its log was replaced by a snapshot, its memory of the log's end was not"
	case m.leading() && m.proposer.limbo.lasts() > 3*m.cfg.ElectionTimeout:
		return "it has been handing over its leadership for too long"
	default:
		return ""
	}
}

func (m *member) restartRaft(ctx context.Context, id identity) error {
	m.restarts.Lock()
	defer m.restarts.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	// Until the new run is in its place, raft returns the old one, whose term
	// stands still while the new one may grant a vote already.
	m.restarting.Store(true)
	m.transport.CancelCalls()
	m.consensus.Load().shutdown()
	if err := m.startRaft(id); err != nil {
		return err
	}
	m.restarting.Store(false)
	return nil
}

func (m *member) beyondLog() bool {
	last, err := m.log.LastIndex()
	if err != nil || last != 0 {
		return false
	}
	applied, _ := m.machine.Applied()
	return m.raft().LastIndex() > applied
}

// leading reports whether this member takes itself for the leader. It may be
// deposed without knowing yet; reads and writes each find out on their own.
func (m *member) leading() bool {
	r := m.raft()
	return r != nil && r.State() == raft.Leader
}

// leader returns the leader as this member knows it.
func (m *member) leader() kverr.Leader {
	r := m.raft()
	if r == nil {
		return kverr.Leader{}
	}
	_, id := r.LeaderWithID()
	if id == "" {
		return kverr.Leader{}
	}
	leader := kverr.Leader{Name: nameOf(id), Term: r.CurrentTerm()}
	if row, ok := m.machine.Member(leader.Name); ok {
		leader.Address = row.GetKvAddress()
	}
	return leader
}

// servers returns the latest Raft configuration; it may not be committed yet.
func (m *member) servers() []raft.Server {
	f := m.raft().GetConfiguration()
	if f.Error() != nil {
		return nil
	}
	return f.Configuration().Servers
}
