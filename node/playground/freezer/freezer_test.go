package freezer

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a connection: the node's end, which f holds, and the other.
func pair(t *testing.T, f *Freezer) (node, other net.Conn) {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := f.Listener(plain)
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	other, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	node = <-accepted
	t.Cleanup(func() { node.Close(); other.Close() })
	return node, other
}

// silent checks that nothing arrives, without a look at the clock being what decides.
func silent(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v, of a node that is stopped", n, err)
	}
	c.SetReadDeadline(time.Time{})
}

func TestNothingGoesInOrOut(t *testing.T) {
	t.Parallel()
	f := New()
	node, other := pair(t, f)
	f.Freeze()
	done := make(chan error, 1)
	go func() {
		_, err := node.Write([]byte("out"))
		done <- err
	}()
	if _, err := other.Write([]byte("in")); err != nil {
		t.Errorf("the connection is not up: %v", err)
	}
	silent(t, other)
	got := make(chan string, 1)
	go func() {
		b := make([]byte, 2)
		io.ReadFull(node, b)
		got <- string(b)
	}()
	f.Thaw()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b := make([]byte, 3)
	if _, err := io.ReadFull(other, b); err != nil || string(b) != "out" {
		t.Errorf("%q, %v after the thaw", b, err)
	}
	if s := <-got; s != "in" {
		t.Errorf("the node read %q after the thaw", s)
	}
}

func TestACloseIsHeardAtTheThaw(t *testing.T) {
	t.Parallel()
	f := New()
	node, other := pair(t, f)
	f.Freeze()
	if err := node.Close(); err != nil {
		t.Error(err)
	}
	silent(t, other)
	f.Thaw()
	if _, err := other.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want the end", err)
	}
}

func TestCutFreesAllWhoWait(t *testing.T) {
	t.Parallel()
	f := New()
	node, other := pair(t, f)
	f.Freeze()
	done := make(chan error, 2)
	go func() { _, err := node.Write([]byte("x")); done <- err }()
	go func() { _, err := node.Read(make([]byte, 1)); done <- err }()
	f.Cut()
	for range 2 {
		if err := <-done; err == nil {
			t.Error("the connection still works")
		}
	}
	if _, err := other.Read(make([]byte, 1)); err == nil {
		t.Error("the other side heard nothing of it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f.Thaw()
	if _, err := f.Dial(t.Context(), l.Addr().String()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dial after the cut: %v", err)
	}
}

func TestTheClockStandsStill(t *testing.T) {
	t.Parallel()
	f := New()
	f.Freeze()
	a := f.Clock()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if f.Await(ctx.Done()) {
		t.Error("it does not wait")
	}
	if b := f.Clock(); a != b {
		t.Errorf("%s, then %s", a, b)
	}
	f.Thaw()
	if b := f.Clock(); b < a || b-a > time.Since(f.born)-5*time.Millisecond {
		t.Errorf("%s after %s", b, a)
	}
}
