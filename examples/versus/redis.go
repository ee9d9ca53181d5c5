package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kv/cmd/kv/bench"
)

const redisServer = "redis-server"

func redisThere() bool {
	_, err := exec.LookPath(redisServer)
	return err == nil
}

// redisSystem is one redis that syncs every write. It has no other to agree with.
type redisSystem struct {
	server  *process
	address string
}

func (s *redisSystem) name() string          { return "redis" }
func (s *redisSystem) processes() []*process { return []*process{s.server} }

func (s *redisSystem) start(ctx context.Context, dir string) error {
	ports, err := freePorts(1)
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "redis")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	s.address = fmt.Sprintf("127.0.0.1:%d", ports[0])
	s.server = &process{name: "redis", log: filepath.Join(dir, "redis.log"), command: func() *exec.Cmd {
		return exec.Command(redisServer, "--port", fmt.Sprint(ports[0]), "--bind", "127.0.0.1", "--dir", data,
			"--appendonly", "yes", "--appendfsync", "always", "--save", "")
	}}
	if err := s.server.start(); err != nil {
		return err
	}
	return await(ctx, s.processes(), func(context.Context) error {
		c, err := dialRedis(s.address)
		if err != nil {
			return err
		}
		return c.conn.Close()
	})
}

func (s *redisSystem) stop() {
	if s.server != nil {
		s.server.end()
	}
}

// connect makes one target that has as many connections as there are operations
// under way: redis answers a connection's requests one by one.
func (s *redisSystem) connect(context.Context, int, bool) ([]bench.Target, func(), error) {
	t := &redisTarget{address: s.address, free: make(chan *redisConn, 4096)}
	return []bench.Target{t}, t.close, nil
}

type redisTarget struct {
	address string
	free    chan *redisConn
}

func (t *redisTarget) close() {
	close(t.free)
	for c := range t.free {
		c.conn.Close()
	}
}

// Do carries out a put or a get.
func (t *redisTarget) Do(_ context.Context, op bench.Op) (missed bool, err error) {
	c, err := t.take()
	if err != nil {
		return false, &bench.Failure{Reason: "UNREACHABLE", Err: err}
	}
	switch op.Kind {
	case bench.Put:
		_, err = c.call("SET", op.Key, string(op.Value))
	case bench.Get:
		missed, err = c.call("GET", op.Key)
	default:
		err = errKind
	}
	if err != nil {
		c.conn.Close()
		return false, &bench.Failure{Reason: "OTHER", Unknown: true, Err: err}
	}
	t.free <- c
	return missed, nil
}

func (t *redisTarget) take() (*redisConn, error) {
	select {
	case c := <-t.free:
		return c, nil
	default:
		return dialRedis(t.address)
	}
}

// redisConn speaks as much of redis' protocol as SET and GET need.
type redisConn struct {
	conn net.Conn
	r    *bufio.Reader
	buf  []byte
}

func dialRedis(address string) (*redisConn, error) {
	conn, err := net.DialTimeout("tcp", address, opTimeout)
	if err != nil {
		return nil, err
	}
	return &redisConn{conn: conn, r: bufio.NewReader(conn)}, nil
}

// call sends a command and reads its answer; missed tells that there is no value.
func (c *redisConn) call(words ...string) (missed bool, err error) {
	c.buf = fmt.Appendf(c.buf[:0], "*%d\r\n", len(words))
	for _, w := range words {
		c.buf = fmt.Appendf(c.buf, "$%d\r\n%s\r\n", len(w), w)
	}
	if err := c.conn.SetDeadline(time.Now().Add(opTimeout)); err != nil {
		return false, err
	}
	if _, err := c.conn.Write(c.buf); err != nil {
		return false, err
	}
	line, err := c.r.ReadString('\n')
	if err != nil {
		return false, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	switch {
	case strings.HasPrefix(line, "+"):
		return false, nil
	case line == "$-1":
		return true, nil
	case strings.HasPrefix(line, "$"):
		n, err := strconv.Atoi(line[1:])
		if err != nil {
			return false, err
		}
		_, err = io.CopyN(io.Discard, c.r, int64(n)+2)
		return false, err
	default:
		return false, errors.New("redis: " + line)
	}
}
