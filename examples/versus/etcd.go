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
	perConnection int
	dir           string
	members       []*process
	endpoints     []string
	cluster       []string // NAME=PEER-URL of each
}

func (s *etcdSystem) name() string          { return "etcd" }
func (s *etcdSystem) processes() []*process { return s.members }

func (s *etcdSystem) start(ctx context.Context, dir string) error {
	s.dir = dir
	for range 3 {
		if err := s.place(); err != nil {
			return err
		}
	}
	for range 3 {
		if err := s.startMember(newCluster); err != nil {
			return err
		}
	}
	return await(ctx, s.members, s.recovered)
}

// place finds a place for one more member.
func (s *etcdSystem) place() error {
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	s.endpoints = append(s.endpoints, fmt.Sprintf("http://127.0.0.1:%d", ports[0]))
	s.cluster = append(s.cluster, fmt.Sprintf("e%d=http://127.0.0.1:%d", len(s.cluster)+1, ports[1]))
	return nil
}

// startMember starts the next one that has a place, in a new or an existing cluster.
func (s *etcdSystem) startMember(state string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	i, cluster := len(s.members), strings.Join(s.cluster, ",")
	name, peer, _ := strings.Cut(s.cluster[i], "=")
	p := &process{name: name, log: filepath.Join(s.dir, name+".log"), command: func() *exec.Cmd {
		return exec.Command(self, memberCommand, name, filepath.Join(s.dir, name), s.endpoints[i], peer, cluster, state)
	}}
	s.members = append(s.members, p)
	return p.start()
}

func (s *etcdSystem) stop() {
	for _, p := range s.members {
		p.end()
	}
}

func dialEtcd(endpoints ...string) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: opTimeout, Logger: zap.NewNop()})
}

// connect connects to the leader alone, where etcd is fastest, or with
// everywhere to all members.
func (s *etcdSystem) connect(ctx context.Context, clients int, _ bool) ([]bench.Target, func(), error) {
	i, err := s.leading(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s.dial(clients, s.endpoints[i])
}

// everywhere connects to all members, for when the leader dies.
func (s *etcdSystem) everywhere(clients int) ([]bench.Target, func(), error) {
	return s.dial(clients, s.endpoints...)
}

func (s *etcdSystem) dial(clients int, endpoints ...string) ([]bench.Target, func(), error) {
	var targets []bench.Target
	var opened []*clientv3.Client
	for range connections(clients, s.perConnection) {
		c, err := dialEtcd(endpoints...)
		if err != nil {
			closers(opened)()
			return nil, nil, err
		}
		opened = append(opened, c)
		targets = append(targets, etcdTarget{c})
	}
	return targets, closers(opened), nil
}

func (s *etcdSystem) address(member int) string {
	return strings.TrimPrefix(s.endpoints[member], "http://")
}

func (s *etcdSystem) alone(member int) (bench.Target, func(), error) {
	targets, closeAll, err := s.dial(1, s.endpoints[member])
	if err != nil {
		return nil, nil, err
	}
	return targets[0], closeAll, nil
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
