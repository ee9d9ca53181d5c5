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
// never listens, beside which one may listen. Another playground may do so as well, and
// what keeps it away is the UDP port of the same number, which only one can have.
type reservation struct {
	fd, port int
	claim    net.PacketConn // nil until it is had
}

// reserve takes a port of the loopback address that no playground has, 0 for any that is
// free.
func reserve(port int) (*reservation, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	r := &reservation{fd: fd}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		r.release()
		return nil, os.NewSyscallError("bind", err)
	}
	addr, err := unix.Getsockname(fd)
	if err != nil {
		r.release()
		return nil, os.NewSyscallError("getsockname", err)
	}
	r.port = addr.(*unix.SockaddrInet4).Port
	if r.claim, err = net.ListenPacket("udp4", net.JoinHostPort(node.DefaultHost, strconv.Itoa(r.port))); err != nil {
		r.release()
		return nil, err
	}
	return r, nil
}

func (r *reservation) release() {
	_ = unix.Close(r.fd)
	if r.claim != nil {
		_ = r.claim.Close()
	}
}

// listen listens on the port.
func (r *reservation) listen() (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort(node.DefaultHost, strconv.Itoa(r.port)))
}

// bindPorts gives a new node its two ports: those that its place has had before, so that
// clients know where to ask, or else those of its name or, if they are taken or others are
// wanted, any free ones. They stay the place's until freePorts.
func (c *Cluster) bindPorts(s *slot, cfg *node.Config) (err error) {
	had := s.reserved
	bind := func(nth, port int) (net.Listener, error) {
		if len(had) > nth {
			return had[nth].listen()
		}
		return c.bind(s, port)
	}
	i := slices.Index(allNames, s.name)
	if cfg.KVListener, err = bind(0, FirstKVPort+i); err != nil {
		return err
	}
	if cfg.RaftListener, err = bind(1, FirstRaftPort+i); err != nil {
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
	var err error
	for range 10 { // the UDP port of a number that is free may not be
		var l net.Listener
		if l, err = s.listen(0); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("find a free port: %w", err)
}

// listen reserves a port and listens on it.
func (s *slot) listen(port int) (net.Listener, error) {
	r, err := reserve(port)
	if err != nil {
		return nil, err
	}
	l, err := r.listen()
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
