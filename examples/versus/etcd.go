package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"kv/cmd/kv/bench"
)

// opTimeout bounds one operation on any system.
const opTimeout = 5 * time.Second

// etcdSystem is three members of etcd, each a process of this program.
type etcdSystem struct {
	members   []*process
	endpoints []string
}

func (s *etcdSystem) name() string          { return "etcd" }
func (s *etcdSystem) processes() []*process { return s.members }

func (s *etcdSystem) start(ctx context.Context, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	var cluster []string
	for i := range 3 {
		s.endpoints = append(s.endpoints, fmt.Sprintf("http://127.0.0.1:%d", ports[i]))
		cluster = append(cluster, fmt.Sprintf("e%d=http://127.0.0.1:%d", i+1, ports[3+i]))
	}
	for i := range 3 {
		name, peer, _ := strings.Cut(cluster[i], "=")
		p := &process{name: name, log: filepath.Join(dir, name+".log"), command: func() *exec.Cmd {
			return exec.Command(self, memberCommand, name, filepath.Join(dir, name), s.endpoints[i], peer, strings.Join(cluster, ","))
		}}
		s.members = append(s.members, p)
		if err := p.start(); err != nil {
			return err
		}
	}
	return await(ctx, s.members, s.recovered)
}

func (s *etcdSystem) stop() {
	for _, p := range s.members {
		p.end()
	}
}

func dialEtcd(endpoints ...string) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: opTimeout, Logger: zap.NewNop()})
}

// statuses asks each member.
func (s *etcdSystem) statuses(ctx context.Context) ([]*clientv3.StatusResponse, error) {
	c, err := dialEtcd(s.endpoints...)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var all []*clientv3.StatusResponse
	for _, e := range s.endpoints {
		st, err := c.Status(ctx, e)
		if err != nil {
			return nil, err
		}
		if st.Leader == 0 || len(st.Errors) > 0 {
			return nil, fmt.Errorf("%s has no leader or errors %q", e, st.Errors)
		}
		all = append(all, st)
	}
	return all, nil
}

func (s *etcdSystem) recovered(ctx context.Context) error {
	all, err := s.statuses(ctx)
	if err != nil {
		return err
	}
	for _, st := range all {
		if st.Leader != all[0].Leader || st.RaftAppliedIndex+100 < all[0].RaftIndex {
			return errors.New("the members do not agree yet")
		}
	}
	return nil
}

// leading returns the number of the member that leads.
func (s *etcdSystem) leading(ctx context.Context) (int, error) {
	all, err := s.statuses(ctx)
	if err != nil {
		return 0, err
	}
	for i, st := range all {
		if st.Header.MemberId == st.Leader {
			return i, nil
		}
	}
	return 0, errors.New("nobody leads")
}

func (s *etcdSystem) leader(ctx context.Context) (*process, error) {
	i, err := s.leading(ctx)
	if err != nil {
		return nil, err
	}
	return s.members[i], nil
}

// connect connects to the leader alone, where etcd is fastest, or with
// everywhere to all members.
func (s *etcdSystem) connect(ctx context.Context, connections int) ([]bench.Target, func(), error) {
	i, err := s.leading(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s.dial(connections, s.endpoints[i])
}

// everywhere connects to all members, for when the leader dies.
func (s *etcdSystem) everywhere(connections int) ([]bench.Target, func(), error) {
	return s.dial(connections, s.endpoints...)
}

func (s *etcdSystem) dial(connections int, endpoints ...string) ([]bench.Target, func(), error) {
	var targets []bench.Target
	var clients []*clientv3.Client
	for range connections {
		c, err := dialEtcd(endpoints...)
		if err != nil {
			closers(clients)()
			return nil, nil, err
		}
		clients = append(clients, c)
		targets = append(targets, etcdTarget{c})
	}
	return targets, closers(clients), nil
}

type etcdTarget struct{ c *clientv3.Client }

// Do carries out a put or a linearizable get.
func (t etcdTarget) Do(ctx context.Context, op bench.Op) (missed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	switch op.Kind {
	case bench.Put:
		_, err = t.c.Put(ctx, op.Key, string(op.Value))
	case bench.Get:
		var got *clientv3.GetResponse
		got, err = t.c.Get(ctx, op.Key)
		missed = err == nil && len(got.Kvs) == 0
	default:
		return false, errKind
	}
	if err != nil {
		return false, etcdFailure(err)
	}
	return missed, nil
}

var errKind = errors.New("only put and get are compared")

func etcdFailure(err error) *bench.Failure {
	code := status.Code(err)
	if errors.Is(err, context.DeadlineExceeded) {
		code = codes.DeadlineExceeded
	}
	return &bench.Failure{Reason: code.String(), Unknown: code != codes.ResourceExhausted, Err: err}
}
