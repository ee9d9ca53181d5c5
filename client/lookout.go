package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// lookout watches how the connection to one address begins, to be able to say
// what is wrong there. gRPC knows it too but tells it in prose, and an answer
// that is no HTTP/2 only as a frame that is too large.
type lookout struct {
	tls  bool // this client speaks TLS
	seen atomic.Pointer[sight]
}

// sight is what was seen last.
type sight struct {
	text string
	// foreign: something answers that is no gRPC server.
	foreign bool
}

// last returns what was seen last; its text is empty if all is well.
func (l *lookout) last() sight {
	if s := l.seen.Load(); s != nil {
		return *s
	}
	return sight{}
}

func (l *lookout) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		l.seen.Store(&sight{text: dialText(err)})
		return nil, err
	}
	return &watchedConn{Conn: nc, look: l}, nil
}

// watchedConn shows its first bytes to the lookout.
type watchedConn struct {
	net.Conn
	look  *lookout
	first sync.Once
}

// Read implements net.Conn.
func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 || err != nil {
		c.first.Do(func() {
			s := c.look.recognize(b[:n])
			if n == 0 && !hungUp(err) {
				s = sight{text: "it takes connections but says nothing; is it paused, or overloaded?"}
			}
			c.look.seen.Store(&s)
		})
	}
	return n, err
}

// hungUp reports whether a read has failed because the other side has closed the
// connection, and not since this side has waited long enough.
func hungUp(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }

// recognize says what a server is that begins with these bytes.
func (l *lookout) recognize(b []byte) sight {
	if !l.tls {
		return recognize(b)
	}
	switch {
	case len(b) == 0:
		return sight{text: "the connection was closed at once; is it a server without TLS, or does it want a client certificate?"}
	case isTLS(b):
		return sight{}
	default:
		return sight{text: "what answers there does not speak TLS", foreign: true}
	}
}

// isTLS reports whether bytes begin an alert or a handshake.
func isTLS(b []byte) bool { return len(b) >= 2 && (b[0] == 0x15 || b[0] == 0x16) && b[1] == 3 }

// recognize says what a server is that begins with these bytes. One that speaks
// HTTP/2 begins with a SETTINGS frame: length (3 bytes), type 4 (RFC 9113, 3.4).
func recognize(b []byte) sight {
	const settings = 4
	switch {
	case len(b) == 0:
		// Many TLS servers hang up on a stranger without their alert.
		return sight{text: "the connection was closed at once; is it a TLS server, or another service?"}
	case bytes.HasPrefix(b, []byte("HTTP/")):
		return sight{text: "an HTTP server answers there, not a kv node", foreign: true}
	case isTLS(b):
		return sight{text: "a TLS server answers there, not a kv node without TLS", foreign: true}
	case len(b) >= 4 && b[3] != settings:
		return sight{text: "what answers there does not speak gRPC", foreign: true}
	default:
		return sight{}
	}
}

// dialText is the innermost reason of a failed dial, such as "connection refused".
func dialText(err error) string {
	var no syscall.Errno
	var dns *net.DNSError
	switch {
	case errors.As(err, &no):
		return no.Error()
	case errors.As(err, &dns):
		return dns.Err
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer to the connection attempt"
	default:
		return err.Error()
	}
}
