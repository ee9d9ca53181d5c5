package node_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv/node"
	"kv/node/fsm"
	"kv/node/logstore"
	"kv/node/rpc"
	"kv/node/transport"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// A crash may part the two things that founding a cluster writes, the term and
// the first configuration; a disk that fails at the second stands for it.
func TestFoundingSurvivesACrash(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	var voted, cut atomic.Bool
	cfg := node.Config{Name: "n1", DataDir: dir, Bootstrap: true, HeartbeatTimeout: 50 * time.Millisecond}
	cfg.DiskHook = func(op logstore.Op, path string) error {
		switch {
		case op == logstore.OpWrite && strings.HasPrefix(path, filepath.Join(dir, "vote")):
			voted.Store(true)
		case op == logstore.OpWrite && voted.Load():
			cut.Store(true)
			return errors.New("the power is gone")
		}
		return nil
	}
	bind(t, &cfg)
	if n, err := node.Open(cfg); err == nil {
		n.Kill()
		t.Fatal("the node opens although its disk has failed")
	}
	if !cut.Load() {
		t.Fatal("the first configuration was written before the term: the test misses the crash")
	}
	cfg.DiskHook = nil
	bind(t, &cfg)
	n, err := node.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Kill()
	await(ctx, t, "the founder to lead", func() bool { _, leads := n.Leads(); return leads })
}

// A disk that fails while Raft begins is an error like another, though the library panics
// where it cannot store its term.
func TestRaftBeginsOnADiskThatFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg := node.Config{Name: "n1", DataDir: t.TempDir(), Bootstrap: true, HeartbeatTimeout: 50 * time.Millisecond}
	bind(t, &cfg)
	n, err := node.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "the founder to lead", func() bool { _, leads := n.Leads(); return leads })
	n.Kill()
	var votes atomic.Int32
	cfg.DiskHook = func(op logstore.Op, path string) error {
		if op == logstore.OpWrite && strings.HasPrefix(path, filepath.Join(cfg.DataDir, "vote")) && votes.Add(1) > 1 {
			return errors.New("the power is gone") // the first was that of the store itself
		}
		return nil
	}
	bind(t, &cfg)
	if n, err = node.Open(cfg); err == nil {
		n.Kill()
		t.Fatal("the node opens although it cannot store its term")
	}
	if votes.Load() < 2 || !strings.Contains(err.Error(), "start raft") {
		t.Errorf("after %d writes of the vote: %v", votes.Load(), err)
	}
}

// Both ports are open before Raft runs: whoever calls then is put off, not in.
func TestCallsBeforeRaftRuns(t *testing.T) {
	t.Parallel()
	var asked sync.Once
	putOff := make(chan error, 1)
	cfg := node.Config{Name: "n1", DataDir: t.TempDir(), Bootstrap: true, HeartbeatTimeout: 50 * time.Millisecond}
	bind(t, &cfg)
	address := cfg.RaftListener.Addr().String()
	ask := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		row := &kvv1.Member{Name: "n2", Incarnation: "x", RaftAddress: "127.0.0.1:1", KvAddress: "127.0.0.1:2"}
		_, err := transport.Join(ctx, address, &kvv1.JoinRequest{Member: row})
		return err
	}
	cfg.DiskHook = func(op logstore.Op, _ string) error {
		if op != logstore.OpSync {
			return nil
		}
		// Until the port serves nobody answers; then Raft cannot run before this
		// sync, which is of what it starts from, has ended.
		if err := ask(); !errors.Is(err, kverr.ErrTimeout) && !errors.Is(err, kverr.ErrLostConnection) {
			asked.Do(func() { putOff <- err })
		}
		return nil
	}
	n, err := node.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Kill()
	select {
	case err := <-putOff:
		if !errors.Is(err, kverr.ErrNoLeader) {
			t.Errorf("a join before Raft runs: %v, want ErrNoLeader", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was synced after the port was open: the test asks too late")
	}
}

// An end does not wait for a join that cannot succeed, and none begins after it.
func TestStopDuringAJoin(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	cfg := node.Config{Name: "n1", DataDir: t.TempDir()}
	bind(t, &cfg)
	n, err := node.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	joined := make(chan error, 2)
	go func() { joined <- n.Join(context.Background(), []string{nobody.Addr().String()}) }()
	n.Kill()
	go func() { joined <- n.Join(context.Background(), []string{nobody.Addr().String()}) }()
	for range 2 {
		select {
		case err := <-joined:
			if err == nil {
				t.Error("the join of a node that has ended succeeds")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the join goes on after the node's end")
		}
	}
}

// A limit above what the store takes would let in what it then refuses.
func TestLimitsAboveThoseOfTheStore(t *testing.T) {
	t.Parallel()
	for flag, limits := range map[string]rpc.Limits{
		"-max-key-bytes":   {MaxKeyBytes: fsm.MaxItemBytes + 1},
		"-max-value-bytes": {MaxValueBytes: fsm.MaxItemBytes + 1},
		"transaction":      {MaxTxnBytes: fsm.MaxItemBytes + 1},
	} {
		cfg := node.Config{DataDir: t.TempDir(), Bootstrap: true, Limits: limits}
		bind(t, &cfg)
		n, err := node.Open(cfg)
		if err == nil {
			n.Kill()
		} else {
			cfg.KVListener.Close()
			cfg.RaftListener.Close()
		}
		if err == nil || !strings.Contains(err.Error(), flag) || !strings.Contains(err.Error(), "16777216") {
			t.Errorf("%v, want that %s is too large", err, flag)
		}
	}
}

// An address that does not fit beside a vote would keep the node from ever voting for
// itself, and from saying why.
func TestAnAddressThatIsTooLong(t *testing.T) {
	t.Parallel()
	cfg := node.Config{DataDir: t.TempDir(), Bootstrap: true, AdvertiseHost: strings.Repeat("a", 500)}
	bind(t, &cfg)
	n, err := node.Open(cfg)
	if err == nil {
		n.Kill()
		t.Fatal("the node starts")
	}
	cfg.KVListener.Close()
	cfg.RaftListener.Close()
	if !strings.Contains(err.Error(), "-advertise-host") || !strings.Contains(err.Error(), "253") {
		t.Error(err)
	}
}
