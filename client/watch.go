package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

const (
	// firstMessageTimeout bounds one attempt to open a watch, whose first message
	// comes at once: a frozen member must not keep it.
	firstMessageTimeout = 2 * time.Second
	// watchPulse is how often a member is asked to send something, at least.
	watchPulse = time.Second
	// leastSilence is the least time without a message after which a watch looks
	// for another member. It is several pulses, too.
	leastSilence = time.Second
)

// Watch follows the changes of a range. It survives lost connections and members:
// it goes on at any member after the last revision that it has delivered, without a
// gap or a repetition. It is for one goroutine, but for Close, and has no goroutine
// of its own: a slow receiver holds up the member and, if history is compacted
// past it, ends with ErrCompacted. It is to be iterated to its end or closed.
type Watch struct {
	// Header is that of the first message: the watch tells what happens after its
	// Revision.
	Header

	client   *Client
	user     context.Context // of Watch
	ctx      context.Context // ends with Close as well
	cancel   context.CancelFunc
	req      *kvv1.WatchRequest
	at       string        // the only address to ask, "" for any
	progress time.Duration // of the user; 0 for none
	silence  time.Duration
	waits    *backoff.ExponentialBackOff
	assembly assembly
	spoke    time.Time // when something was yielded last
	used     bool

	mu    sync.Mutex
	pages *pages[kvv1.WatchResponse] // guarded by mu; replaced by a resumption
}

// Watch follows the changes of the keys in a range; the zero Range is all keys. It
// returns when a member has begun to watch. It lives until ctx ends, it is closed,
// or no member can go on with it: the client's timeout does not bound it, nor the
// search for a member. Errors: ErrCompacted, with the oldest revision that is kept
// (kverr.Error.Revision), ErrInvalid, with WatchAt ErrMemberNotFound and
// ErrUnreachable, and those of addresses where no member is, such as ErrNotKV.
func (c *Client) Watch(ctx context.Context, keys Range, opts ...WatchOption) (*Watch, error) {
	return c.watch(ctx, &kvv1.WatchRequest{Range: keys.proto()}, opts)
}

// WatchKey follows the changes of one key, as Watch does.
func (c *Client) WatchKey(ctx context.Context, key string, opts ...WatchOption) (*Watch, error) {
	if key == "" {
		return nil, ErrEmptyKey
	}
	return c.watch(ctx, &kvv1.WatchRequest{Key: []byte(key)}, opts)
}

func (c *Client) watch(ctx context.Context, req *kvv1.WatchRequest, opts []WatchOption) (*Watch, error) {
	o := watchOptions(opts)
	if o.progress != 0 && o.progress < 100*time.Millisecond {
		return nil, ErrInvalid.Withf("progress every %v: want 100 ms or more", o.progress)
	}
	at, err := c.resolve(ctx, o.at)
	if err != nil {
		return nil, err
	}
	pulse := watchPulse
	if o.progress > 0 {
		pulse = min(pulse, o.progress)
	}
	o.fill(req, pulse)
	w := &Watch{client: c, user: ctx, req: req, at: at, progress: o.progress, silence: max(4*pulse, leastSilence), waits: watchWaits()}
	if o.from > 0 {
		w.assembly = assembly{begun: true, done: o.from - 1}
	}
	w.ctx, w.cancel = context.WithCancel(ctx)
	if err := w.open(call{}); err != nil {
		w.Close()
		return nil, err
	}
	w.Header = headerOf(w.pages.page.GetHeader())
	w.spoke = time.Now()
	return w, nil
}

// watchWaits are the waits before resumptions: from 20 ms to a second, with jitter,
// since all watches of a lost member come back at once.
func watchWaits() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     20 * time.Millisecond,
		RandomizationFactor: 0.5,
		Multiplier:          2,
		MaxInterval:         time.Second,
	}
}

// open begins to watch at some member, after what is done.
func (w *Watch) open(k call) error {
	w.req.StartRevision = w.assembly.start()
	k.local = w.req.StartRevision != 0 || w.req.Consistency == kvv1.Consistency_CONSISTENCY_STALE
	k.kind, k.at, k.attempt = read, w.at, min(firstMessageTimeout, w.client.cfg.timeout)
	p, err := askPages(w.ctx, w.client, k, func(ctx context.Context, cc grpc.ClientConnInterface) (grpc.ServerStreamingClient[kvv1.WatchResponse], error) {
		return kvv1.NewKVClient(cc).Watch(ctx, w.req)
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages = p
	if w.ctx.Err() != nil {
		p.close() // Close came too early for it
	}
	return nil
}

// All yields the changes in the order of their revisions, all of a revision
// together. It can be used once; leaving it closes the watch. It ends without an
// error after Close, and otherwise with one, which comes with zero Changes: one of
// Watch's or, when ctx has ended, ErrCanceled, ErrTimeout or what kept the watch
// from going on at that time.
func (w *Watch) All() iter.Seq2[Changes, error] {
	return func(yield func(Changes, error) bool) {
		defer w.Close()
		if w.used {
			yield(Changes{}, ErrInvalid.Withf("a watch can be iterated once"))
			return
		}
		w.used = true
		for {
			message, opening, err := w.next()
			if err != nil {
				if w.user.Err() != nil || w.ctx.Err() == nil {
					yield(Changes{}, err)
				}
				return
			}
			changes, ok := w.assembly.add(message)
			if !ok || len(changes.Changes) == 0 && (opening || !w.due()) {
				continue
			}
			if !yield(changes, nil) {
				return
			}
			w.spoke = time.Now()
		}
	}
}

// due reports whether the user wants a notice now. A member sends them more often
// when the user asks for few.
func (w *Watch) due() bool {
	if w.progress == 0 {
		return false
	}
	return w.progress <= watchPulse || time.Since(w.spoke) >= w.progress-watchPulse/2
}

// next returns the next message; opening tells that it is the first of a stream.
func (w *Watch) next() (message *kvv1.WatchResponse, opening bool, err error) {
	if w.pages.page == nil {
		m, late, err := w.pages.recv(w.silence)
		if err == nil {
			w.waits.Reset()
			return m, false, nil
		}
		if err := w.resume(w.judge(err, late)); err != nil {
			return nil, false, err
		}
	}
	message, w.pages.page = w.pages.page, nil
	return message, true, nil
}

// judge says why the stream has ended.
func (w *Watch) judge(err error, late bool) *kverr.Error {
	switch {
	case w.user.Err() != nil:
		return notDone(kverr.From(w.user.Err()).Withf("the watch has ended")).WithCause(w.user.Err())
	case late:
		return notDone(ErrTimeout.Withf("%s was silent for too long", w.pages.address))
	case errors.Is(err, io.EOF):
		return notDone(ErrLostConnection.Withf("%s ended the watch", w.pages.address))
	default:
		return judge(err, true, true, sight{})
	}
}

// resume goes on at another member after e, or at the same one if there is no
// other. It returns e if that is final.
func (w *Watch) resume(e *kverr.Error) error {
	c, from := w.client, w.pages.address
	w.pages.close()
	if w.ctx.Err() != nil || decide(read, e) == final {
		return e
	}
	c.cfg.logger.Debug("resume watch", "address", from, "after", w.assembly.done, "error", e)
	c.table.doubt(from)
	if e.Leader != nil {
		c.table.hear(*e.Leader)
	}
	switch err := c.rest(w.ctx, max(e.RetryAfter, w.waits.NextBackOff()), nil); {
	case errors.Is(err, ErrClosed):
		return errClosed()
	case w.ctx.Err() != nil:
		return w.judge(w.ctx.Err(), false)
	}
	return w.open(call{avoid: from, patient: true})
}

// Close ends the watch. It may be called at any time, from any goroutine and
// repeatedly.
func (w *Watch) Close() {
	w.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages.end()
}
