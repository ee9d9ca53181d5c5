package repl

import (
	"context"
	"sync"
	"time"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

// watcher looks at the cluster's health whenever that may be another, and shows the
// prompt for it. While nobody answers it tries again after waits that grow.
type watcher struct {
	store Store
	every time.Duration
	form  template
	ink   out.Palette
	show  func(prompt string)
	live  func() string // what goes on in the background

	mu    sync.Mutex // guards what follows, and keeps the prompts in order
	scene scene

	soon   chan struct{} // asks for a look before the next is due
	cancel context.CancelFunc
	done   chan struct{}
}

const (
	// lookWait bounds one look at the cluster's health.
	lookWait = time.Second
	// lookEvery is the longest pause between two looks, whether news came or not.
	lookEvery = 10 * time.Second
	// The waits between two tries to reach anybody.
	firstRetry, lastRetry = 250 * time.Millisecond, 8 * time.Second
	// countdown is how often the prompt tells how long the wait still is.
	countdown = 500 * time.Millisecond
)

func newWatcher(cfg Config, form template, s *shell.Session, show func(string)) *watcher {
	every := cfg.Refresh
	if every == 0 {
		every = lookEvery
	}
	return &watcher{store: cfg.Store, every: every, form: form, ink: s.Ink, show: show, live: s.Live, soon: make(chan struct{}, 1)}
}

// open takes the first look, so that the first prompt is right, and begins to
// watch. It returns what the look has shown.
func (w *watcher) open(ctx context.Context) (client.Health, error) {
	h, err := w.look(ctx)
	ctx, w.cancel = context.WithCancel(ctx)
	w.done = make(chan struct{})
	go w.runWatch(ctx)
	return h, err
}

// close ends the watching and waits for it.
func (w *watcher) close() {
	w.cancel()
	<-w.done
}

// hurry asks for a look now, as after a command. It does not wait for it.
func (w *watcher) hurry() {
	select {
	case w.soon <- struct{}{}:
	default:
	}
}

func (w *watcher) runWatch(ctx context.Context) {
	defer close(w.done)
	retry := firstRetry
	for ctx.Err() == nil {
		if w.lost() {
			w.waitToRetry(ctx, retry)
			retry = min(2*retry, lastRetry)
		} else {
			w.waitForNews(ctx)
			retry = firstRetry
		}
		w.look(ctx)
	}
}

func (w *watcher) lost() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.scene.lost()
}

// waitForNews returns once a member tells of something new, somebody is in a hurry, or
// there was nothing for long.
func (w *watcher) waitForNews(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, w.every)
	defer cancel()
	told := make(chan struct{})
	go func() {
		defer close(told)
		_ = w.store.Changed(ctx) // why it ended does not matter: a look follows
	}()
	defer func() { cancel(); <-told }()
	select {
	case <-told:
		if ctx.Err() == nil {
			w.calm(ctx)
		}
	case <-w.soon:
	case <-ctx.Done():
	}
}

// calm keeps a store that has news all the time from being asked all the time.
func (w *watcher) calm(ctx context.Context) {
	t := time.NewTimer(50 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.soon:
	case <-ctx.Done():
	}
}

// waitToRetry waits for d, and shows how much of it is left.
func (w *watcher) waitToRetry(ctx context.Context, d time.Duration) {
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(countdown)
	defer tick.Stop()
	defer w.set(func(s *scene) { s.retry = 0 })
	for left := d; ; left -= countdown {
		w.set(func(s *scene) { s.retry = left })
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-w.soon:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (w *watcher) look(ctx context.Context) (client.Health, error) {
	look, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	h, err := w.store.Health(look)
	if ctx.Err() == nil {
		w.set(func(s *scene) { s.health, s.err = h, err })
	}
	return h, err
}

// setMode shows another mode of the shell, and another level of reads, at once.
func (w *watcher) setMode(mode, read string) {
	w.set(func(s *scene) { s.mode, s.read = mode, read })
}

func (w *watcher) set(change func(*scene)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.scene)
	prompt := w.form.render(w.scene, w.ink)
	if live := w.live(); live != "" {
		prompt = w.ink.Dim.Sprint("["+live+"]") + " " + prompt
	}
	w.show(prompt)
}
