package transport

import (
	"net"
	"sync"
)

// trackingListener knows the open connections that it accepted, so that Close can
// cut them off: grpc.Server.Stop waits up to ConnectionTimeout for a stranger
// that has connected and keeps silent.
type trackingListener struct {
	net.Listener

	mu    sync.Mutex // guards all below
	open  map[net.Conn]struct{}
	ended bool // no connection is let in any more
}

// Accept waits for the next connection.
func (l *trackingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	if l.open == nil {
		l.open = make(map[net.Conn]struct{})
	}
	l.open[conn] = struct{}{}
	return &trackedConn{Conn: conn, listener: l}, nil
}

// cut closes all connections.
func (l *trackingListener) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for conn := range l.open {
		_ = conn.Close()
	}
}

// trackedConn takes itself off its listener's list when closed.
type trackedConn struct {
	net.Conn
	listener *trackingListener
}

// Close closes the connection.
func (c *trackedConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c.Conn)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
