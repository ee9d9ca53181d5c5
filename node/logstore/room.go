package logstore

import (
	"errors"
	"sync"
	"sync/atomic"
)

// room prepares zeros ahead of the writer: the next part of the segment in use,
// and the segment after it. What is not ready in time the writer makes itself.
type room struct {
	o    Options // not timed: only the writer's operations delay anyone
	dir  string
	wake chan struct{}
	quit chan struct{}
	done chan struct{}
	err  atomic.Pointer[error]

	mu      sync.Mutex // guards what follows; held while the spare is made
	current *segment
	spare   *segment
	ready   atomic.Bool // spare is not nil
}

// openRoom starts the goroutine that close ends and waits for.
func openRoom(o Options, dir string, current *segment) *room {
	o.watch = nil
	r := &room{
		o: o, dir: dir, current: current,
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go r.run()
	r.nudge(current)
	return r
}

func (r *room) run() {
	defer close(r.done)
	for {
		select {
		case <-r.quit:
			return
		case <-r.wake:
		}
		if err := r.prepare(); err != nil {
			r.err.Store(&err)
			return
		}
	}
}

// failure returns why preparing failed. The writer asks, and makes it fatal:
// the goroutine must not, since OnFatal may call Close, which waits for it.
func (r *room) failure() error {
	if p := r.err.Load(); p != nil {
		return *p
	}
	return nil
}

// low reports whether s has less than half a step of zeros left.
func (s *segment) low() bool { return s.size.Load()-s.end.Load() < growBytes/2 }

// nudge wakes the goroutine if there is something to prepare. It does not block.
func (r *room) nudge(s *segment) {
	if !s.low() || s.size.Load() >= s.limit && r.ready.Load() {
		return
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *room) prepare() error {
	r.mu.Lock()
	s := r.current
	r.mu.Unlock()
	if size := s.size.Load(); s.low() && size < s.limit {
		if err := s.reserve(r.o, min(size+growBytes, s.limit)); err != nil {
			return err
		}
	}
	if !s.low() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spare != nil || r.current != s {
		return nil
	}
	next, err := createSegment(r.o, r.dir, s.number+1)
	if err != nil {
		return err
	}
	r.spare = next
	r.ready.Store(true)
	return nil
}

// next returns an empty segment after the one in use, which it replaces.
func (r *room) next(o Options) (*segment, error) {
	o.watch.start() // the goroutine may be making it
	defer o.watch.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.spare
	if s == nil {
		var err error
		if s, err = createSegment(o, r.dir, r.current.number+1); err != nil {
			return nil, err
		}
	}
	r.current, r.spare = s, nil
	r.ready.Store(false)
	return s, nil
}

// close ends the goroutine, waits for it, and closes the spare; once.
func (r *room) close() error {
	close(r.quit)
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.spare != nil {
		err = errors.Join(err, r.spare.close())
	}
	return err
}
