package sink

import (
	"context"
	"sync"
	"time"
)

// Deadline is context.WithTimeout for work that a reader of its answer keeps waiting: the
// time that waited returns, which grows, is not its own. A person may look at a page as
// long as they like.
func Deadline(ctx context.Context, own time.Duration, waited func() time.Duration) (context.Context, context.CancelFunc) {
	d := &deadline{Context: ctx, done: make(chan struct{})}
	counted := waited()
	d.mu.Lock()
	defer d.mu.Unlock()
	unlink := context.AfterFunc(ctx, func() { d.end(ctx.Err()) })
	d.timer = time.AfterFunc(own, func() {
		more := waited() - counted
		if more <= 0 {
			d.end(context.DeadlineExceeded)
			return
		}
		counted += more
		d.again(more)
	})
	return d, func() {
		unlink()
		d.end(context.Canceled)
	}
}

// deadline is a context that does not know when it will end: so it has no Deadline.
type deadline struct {
	context.Context // the one above it
	done            chan struct{}

	mu    sync.Mutex
	timer *time.Timer // guarded by mu
	err   error       // guarded by mu; nil until the end
}

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.done }

// Err implements context.Context.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) { return time.Time{}, false }

func (d *deadline) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return
	}
	d.err = err
	d.timer.Stop()
	close(d.done)
}

// again looks again after a time.
func (d *deadline) again(after time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.timer.Reset(after)
	}
}
