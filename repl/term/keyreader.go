package term

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// escWait is how long an ESC waits for the rest of a sequence before it counts as the
// key of this name.
const escWait = 50 * time.Millisecond

// keyReader is the terminal as readline reads it. One goroutine reads; Close and Wake
// may be called by others. It asks the terminal only while it is asked itself, so that
// another program can have it between two lines.
type keyReader struct {
	in     io.Reader
	ask    chan struct{}
	got    chan chunk
	woken  chan struct{}
	closed chan struct{}
	once   sync.Once

	asked  bool // a read of the terminal is under way
	filter keyFilter
	out    bytes.Buffer
	ended  atomic.Bool // the terminal hung up or Close was called
}

// chunk is what a read of the terminal gave.
type chunk struct {
	bytes []byte
	err   error
}

func newKeyReader(in io.Reader) *keyReader {
	r := &keyReader{in: in, ask: make(chan struct{}), got: make(chan chunk), woken: make(chan struct{}, 1),
		closed: make(chan struct{}), filter: keyFilter{pastes: new(pastes)}}
	go r.runRead()
	return r
}

// runRead reads the terminal whenever it is asked to. A read that waits outlives Close:
// it ends with the terminal or the process.
func (r *keyReader) runRead() {
	var raw [4096]byte
	for {
		select {
		case <-r.ask:
		case <-r.closed:
			return
		}
		n, err := r.in.Read(raw[:])
		select {
		case r.got <- chunk{bytes.Clone(raw[:n]), err}:
		case <-r.closed:
			return
		}
	}
}

// Read returns filtered bytes.
func (r *keyReader) Read(p []byte) (int, error) {
	for r.out.Len() == 0 {
		if err := r.fill(); err != nil {
			r.ended.Store(true)
			return 0, err
		}
	}
	return r.out.Read(p)
}

// fill waits for the next thing that comes.
func (r *keyReader) fill() error {
	if !r.asked {
		select {
		case r.ask <- struct{}{}:
			r.asked = true
		case <-r.closed:
			return io.EOF
		}
	}
	var late <-chan time.Time
	if r.filter.waiting() {
		timer := time.NewTimer(escWait)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case c := <-r.got:
		r.asked = false
		r.out.Write(r.filter.feed(nil, c.bytes))
		return c.err
	case <-late:
		r.out.Write(r.filter.alone(nil))
	case <-r.woken:
		r.out.Write(utf8.AppendRune(nil, keyWake))
	case <-r.closed:
		return io.EOF
	}
	return nil
}

// Wake makes the reader read keyWake soon.
func (r *keyReader) Wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// Close ends the reading.
func (r *keyReader) Close() error {
	r.ended.Store(true)
	r.once.Do(func() { close(r.closed) })
	return nil
}
