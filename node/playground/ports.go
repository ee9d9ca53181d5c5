package playground

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"kv/node"
)

// reservation keeps a port for a node that may be off: nobody answers there, but the
// kernel gives the port to no connection that goes out. It is a socket that is bound and
// never listens, beside which one may listen.
type reservation struct{ fd int }

// reserve takes a port of the loopback address, 0 for any that is free, and returns
// which.
func reserve(port int) (*reservation, int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, 0, os.NewSyscallError("socket", err)
	}
	r := &reservation{fd}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		r.release()
		return nil, 0, os.NewSyscallError("bind", err)
	}
	addr, err := unix.Getsockname(fd)
	if err != nil {
		r.release()
		return nil, 0, os.NewSyscallError("getsockname", err)
	}
	return r, addr.(*unix.SockaddrInet4).Port, nil
}

func (r *reservation) release() { _ = unix.Close(r.fd) }

// bindPorts gives a new node its two ports: those of its name or, if they are taken or
// others are wanted, any free ones. They stay the node's until freePorts.
func (c *Cluster) bindPorts(s *slot, cfg *node.Config) (err error) {
	i := slices.Index(allNames, s.name)
	if cfg.KVListener, err = c.bind(s, FirstKVPort+i); err != nil {
		return err
	}
	if cfg.RaftListener, err = c.bind(s, FirstRaftPort+i); err != nil {
		cfg.KVListener.Close()
	}
	return err
}

func (c *Cluster) bind(s *slot, port int) (net.Listener, error) {
	if !c.cfg.FreePorts {
		if l, err := s.listen(port); err == nil {
			return l, nil
		}
	}
	l, err := s.listen(0)
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	return l, nil
}

// listen reserves a port and listens on it.
func (s *slot) listen(port int) (net.Listener, error) {
	r, port, err := reserve(port)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(node.DefaultHost, strconv.Itoa(port)))
	if err != nil {
		r.release()
		return nil, err
	}
	s.reserved = append(s.reserved, r)
	return l, nil
}

// freePorts gives up the ports of a node.
func (s *slot) freePorts() {
	for _, r := range s.reserved {
		r.release()
	}
	s.reserved = nil
}
