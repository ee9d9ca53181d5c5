package repl

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kv/client"
	"kv/repl/out"
)

// promptText returns the prompt that shows h and the mode of the shell, if there is
// one: `playground n1 3/3 txn> `. An error of the look at the cluster counts as
// nobody answering.
func promptText(h client.Health, err error, mode string, ink out.Palette) string {
	if mode != "" {
		mode = " " + ink.Strong.Sprint(mode)
	}
	return clusterText(h, err, ink) + mode + "> "
}

func clusterText(h client.Health, err error, ink out.Palette) string {
	if err != nil || (h.Leader == nil && h.Reachable == 0) {
		return ink.Bad.Sprint("(unreachable)")
	}
	name := h.ClusterName
	if name == "" {
		name = "kv"
	}
	count := fmt.Sprintf("%d/%d", h.Reachable, h.Voters)
	switch {
	case h.Leader == nil || !h.Quorum:
		return name + " " + ink.Bad.Sprint("NO QUORUM "+count)
	case h.Reachable < h.Voters:
		return name + " " + ink.Strong.Sprint(h.Leader.Name) + " " + ink.Warn.Sprint(count)
	default:
		return name + " " + ink.Strong.Sprint(h.Leader.Name) + " " + ink.Good.Sprint(count)
	}
}

// watcher looks at the cluster's health now and then and shows the prompt for it.
type watcher struct {
	store Store
	every time.Duration
	ink   out.Palette
	show  func(prompt string)

	mu     sync.Mutex // guards what follows, and keeps the prompts in order
	health client.Health
	err    error
	mode   string

	soon   chan struct{} // asks for a look before the next is due
	cancel context.CancelFunc
	done   chan struct{}
}

// lookWait bounds one look at the cluster's health.
const lookWait = time.Second

func newWatcher(cfg Config, ink out.Palette, show func(string)) *watcher {
	every := cfg.Refresh
	if every == 0 {
		every = 500 * time.Millisecond
	}
	return &watcher{store: cfg.Store, every: every, ink: ink, show: show, soon: make(chan struct{}, 1)}
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
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.soon:
		}
		w.look(ctx)
	}
}

func (w *watcher) look(ctx context.Context) (client.Health, error) {
	look, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	h, err := w.store.Health(look)
	if ctx.Err() == nil {
		w.set(func() { w.health, w.err = h, err })
	}
	return h, err
}

// setMode shows another mode of the shell at once.
func (w *watcher) setMode(mode string) { w.set(func() { w.mode = mode }) }

func (w *watcher) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.show(promptText(w.health, w.err, w.mode, w.ink))
}
