package playground

import (
	"fmt"
	"net"
	"slices"
	"strconv"

	"kv/node"
)

// reservation keeps a port for a node that may be off: nobody answers there, but the
// kernel gives the port to no connection that goes out, as far as occupy can tell it so.
// Another playground may hold it as well, and what keeps it away is the UDP port of the
// same number, which only one can have.
type reservation struct {
	port  int
	letGo func()
	claim net.PacketConn
}

// reserve takes a port of the loopback address that no playground has, 0 for any that is
// free.
func reserve(port int) (*reservation, error) {
	port, letGo, err := occupy(port)
	if err != nil {
		return nil, err
	}
	claim, err := net.ListenPacket("udp4", net.JoinHostPort(node.DefaultHost, strconv.Itoa(port)))
	if err != nil {
		letGo()
		return nil, err
	}
	return &reservation{port, letGo, claim}, nil
}

func (r *reservation) release() {
	r.letGo()
	_ = r.claim.Close()
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
