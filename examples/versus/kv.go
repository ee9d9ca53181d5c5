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

// kvSystem is three `kv node` with their default settings.
type kvSystem struct {
	binary    string // "" builds it
	keys      int
	members   []*process
	addresses []string
	c         *client.Client
}

func (s *kvSystem) name() string          { return "kv" }
func (s *kvSystem) processes() []*process { return s.members }

func (s *kvSystem) start(ctx context.Context, dir string) error {
	if err := s.build(ctx, dir); err != nil {
		return err
	}
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
		if err := s.startMember(ctx, dir, i, ports[i], ports[3+i]); err != nil {
			return err
		}
	}
	return await(ctx, s.members, s.recovered)
}

// build makes the kv of this tree, with the libraries of its own go.mod.
func (s *kvSystem) build(ctx context.Context, dir string) error {
	if s.binary != "" {
		return nil
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "kv").Output()
	if err != nil {
		return fmt.Errorf("find kv, as from the folder of this program: %w", err)
	}
	s.binary = filepath.Join(dir, "kv")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "./cmd/kv")
	cmd.Dir = strings.TrimSpace(string(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build kv: %w: %s", err, out)
	}
	return nil
}

// startMember starts one of the three: the first founds the cluster, the others
// join it, and any start after that needs neither.
func (s *kvSystem) startMember(ctx context.Context, dir string, i, kvPort, raftPort int) error {
	name := fmt.Sprintf("n%d", i+1)
	first := []string{"-bootstrap"}
	if i > 0 {
		first = []string{"-join", s.addresses[0]}
	}
	p := &process{name: name, log: filepath.Join(dir, name+".log"), command: func() *exec.Cmd {
		args := append([]string{"node", "-node-id", name, "-data-dir", filepath.Join(dir, name), "-log-level", "warn",
			"-kv-port", fmt.Sprint(kvPort), "-raft-port", fmt.Sprint(raftPort)}, first...)
		first = nil
		return exec.Command(s.binary, args...)
	}}
	s.members = append(s.members, p)
	if err := p.start(); err != nil {
		return err
	}
	return await(ctx, s.members, func(ctx context.Context) error { return s.up(ctx, i+1) })
}

// up returns nil if so many members vote, answer, and have caught up.
func (s *kvSystem) up(ctx context.Context, want int) error {
	m, err := s.c.Members(ctx)
	if err != nil {
		return err
	}
	voters := 0
	for _, member := range m.Members {
		if member.Voter && member.Reachable && member.AppliedIndex+100 >= m.AppliedIndex {
			voters++
		}
	}
	if voters < want {
		return fmt.Errorf("%d of %d members vote and are up to date", voters, want)
	}
	return nil
}

func (s *kvSystem) recovered(ctx context.Context) error { return s.up(ctx, 3) }

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
func (s *kvSystem) connect(_ context.Context, connections int) ([]bench.Target, func(), error) {
	return s.everywhere(connections)
}

func (s *kvSystem) everywhere(connections int) ([]bench.Target, func(), error) {
	kv, err := bench.DialKV(s.addresses, connections, s.keys, false, client.WithTimeout(opTimeout))
	if err != nil {
		return nil, nil, err
	}
	return kv.Targets(), kv.Close, nil
}
