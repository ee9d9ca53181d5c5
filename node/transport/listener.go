package transport

import (
	"context"
	"net"
	"sync"

	grpcpeer "google.golang.org/grpc/peer"
)

// trackingListener knows the open connections that it accepted, so that Close can
// cut them off: grpc.Server.Stop waits up to ConnectionTimeout for a stranger
// that has connected and keeps silent, and GracefulStop for lanes that rest.
type trackingListener struct {
	net.Listener

	mu    sync.Mutex // guards all below
	open  map[net.Conn]struct{}
	lanes map[string]struct{} // the remote addresses of those with lanes
	ended bool                // no connection is let in any more
	laned bool                // no lane is let in any more
}

// lane notes that the connection of an incoming call carries lanes.
func (l *trackingListener) lane(ctx context.Context) {
	p, ok := grpcpeer.FromContext(ctx)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lanes == nil {
		l.lanes = make(map[string]struct{})
	}
	l.lanes[p.Addr.String()] = struct{}{}
	if l.laned {
		l.cutLanesLocked()
	}
}

// cutLanes closes the connections that carry lanes, those of the future too.
func (l *trackingListener) cutLanes() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.laned = true
	l.cutLanesLocked()
}

func (l *trackingListener) cutLanesLocked() {
	for conn := range l.open {
		if _, ok := l.lanes[conn.RemoteAddr().String()]; ok {
			_ = conn.Close()
		}
	}
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
	delete(c.listener.lanes, c.Conn.RemoteAddr().String())
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
