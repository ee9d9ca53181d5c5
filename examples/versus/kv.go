package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"kv/client"
	"kv/cmd/kv/bench"
)

// kvSystem is three `kv node` with their default settings but for history.
type kvSystem struct {
	binary        string
	history       int // changes that it keeps; 0 for the default
	keys          int
	perConnection int
	dir           string
	members       []*process
	addresses     []string
	c             *client.Client
}

func (s *kvSystem) name() string          { return "kv" }
func (s *kvSystem) processes() []*process { return s.members }

// buildKV makes the kv of this tree in dir, with the libraries of its own go.mod,
// if the flags name none.
func buildKV(ctx context.Context, cfg *config, dir string) error {
	if cfg.kvBinary != "" {
		return nil
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "kv").Output()
	if err != nil {
		return fmt.Errorf("find kv, as from the folder of this program: %w", err)
	}
	cfg.kvBinary = filepath.Join(dir, "kv")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", cfg.kvBinary, "./cmd/kv")
	cmd.Dir = strings.TrimSpace(string(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build kv: %w: %s", err, out)
	}
	return nil
}

func (s *kvSystem) start(ctx context.Context, dir string) error {
	s.dir = dir
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	for i := range 3 {
		s.addresses = append(s.addresses, fmt.Sprintf("127.0.0.1:%d", ports[i]))
	}
	if s.c, err = client.Dial(s.addresses); err != nil {
		return err
	}
	for i := range 3 {
		if err := s.startMember(ports[i], ports[3+i]); err != nil {
			return err
		}
		if err := await(ctx, s.members, func(ctx context.Context) error { return s.up(ctx, i+1) }); err != nil {
			return err
		}
	}
	return nil
}

// startMember starts the next one: the first founds the cluster, the others join
// it, and any start after that needs neither.
func (s *kvSystem) startMember(kvPort, raftPort int) error {
	name := fmt.Sprintf("n%d", len(s.members)+1)
	first := []string{"-bootstrap"}
	if len(s.members) > 0 {
		first = []string{"-join", strings.Join(s.addresses[:len(s.members)], ",")}
	}
	p := &process{name: name, log: filepath.Join(s.dir, name+".log"), command: func() *exec.Cmd {
		args := append([]string{"node", "-node-id", name, "-data-dir", filepath.Join(s.dir, name), "-log-level", "warn",
			"-kv-port", fmt.Sprint(kvPort), "-raft-port", fmt.Sprint(raftPort)}, first...)
		first = nil
		if s.history > 0 {
			args = append(args, "-history-revisions", fmt.Sprint(s.history))
		}
		return exec.Command(s.binary, args...)
	}}
	s.members = append(s.members, p)
	return p.start()
}

func (s *kvSystem) stop() {
	for _, p := range s.members {
		p.end()
	}
	if s.c != nil {
		s.c.Close()
	}
}

func (s *kvSystem) leader(ctx context.Context) (*process, error) {
	l, err := s.c.Leader(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range s.members {
		if p.name == l.Name {
			return p, nil
		}
	}
	return nil, errors.New("nobody leads")
}

// connect makes clients that find the leader by themselves.
func (s *kvSystem) connect(_ context.Context, clients int, unary bool) ([]bench.Target, func(), error) {
	opts := []client.Option{client.WithTimeout(opTimeout)}
	if unary {
		opts = append(opts, client.WithoutStream())
	}
	kv, err := bench.DialKV(s.addresses, connections(clients, s.perConnection), s.keys, false, opts...)
	if err != nil {
		return nil, nil, err
	}
	return kv.Targets(), kv.Close, nil
}

func (s *kvSystem) everywhere(clients int) ([]bench.Target, func(), error) {
	return s.connect(context.Background(), clients, false)
}

func (s *kvSystem) address(member int) string { return s.addresses[member] }

func (s *kvSystem) alone(member int) (bench.Target, func(), error) {
	c, err := client.Dial(s.addresses[member:member+1], client.WithTimeout(opTimeout))
	if err != nil {
		return nil, nil, err
	}
	return kvMember{c, s.addresses[member]}, func() { c.Close() }, nil
}

// kvMember gets from one member.
type kvMember struct {
	c  *client.Client
	at string
}

// Do carries out a linearizable get.
func (t kvMember) Do(ctx context.Context, op bench.Op) (missed bool, err error) {
	if op.Kind != bench.Get {
		return false, errKind
	}
	got, err := t.c.Get(ctx, op.Key, client.At(t.at))
	return got.KV == nil, err
}
