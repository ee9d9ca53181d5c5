package freezer

import (
	"context"
	"net"
	"sync"
)

// conn is a connection of a node that may be stopped.
type conn struct {
	net.Conn
	freezer *Freezer
	once    sync.Once
	closed  chan struct{} // by the node itself
}

// Read gives what has arrived only while the node runs.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.freezer.Await(c.closed) {
		return 0, net.ErrClosed
	}
	return n, err
}

// Write writes only while the node runs.
func (c *conn) Write(b []byte) (int, error) {
	for {
		if !c.freezer.Await(c.closed) {
			return 0, net.ErrClosed
		}
		c.freezer.writing.Add(1)
		if !c.freezer.Frozen() { // a freeze from here on waits for us
			break
		}
		c.freezer.writing.Add(-1)
	}
	defer c.freezer.writing.Add(-1)
	return c.Conn.Write(b)
}

// Close closes the connection. Of a node that is stopped the other side hears at the
// thaw.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	f := c.freezer
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, open := f.conns[c]; !open || f.Frozen() {
		return nil
	}
	delete(f.conns, c)
	return c.Conn.Close()
}

func (c *conn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// listener accepts only while the node runs; who connects meanwhile waits in the
// kernel's queue.
type listener struct {
	net.Listener
	freezer *Freezer
	once    sync.Once
	closed  chan struct{}
}

// Listener wraps a listener.
func (f *Freezer) Listener(l net.Listener) net.Listener {
	return &listener{Listener: l, freezer: f, closed: make(chan struct{})}
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if !l.freezer.Await(l.closed) {
		_ = inner.Close()
		return nil, net.ErrClosed
	}
	return l.freezer.hold(inner)
}

// Close closes the port.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// Dial connects to a TCP address, once the node runs.
func (f *Freezer) Dial(ctx context.Context, addr string) (net.Conn, error) {
	if !f.Await(ctx.Done()) {
		return nil, ctx.Err()
	}
	var d net.Dialer
	inner, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return f.hold(inner)
}
