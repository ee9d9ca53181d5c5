package bench

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The phases of a run.
const (
	phasePreload = "preload"
	phaseWarmup  = "warm-up"
	phaseMeasure = "measure"
)

// Progress is how far a run has come.
type Progress struct {
	// Phase is preload, warm-up or measure.
	Phase string
	// Elapsed is the time since the preloading, or the warm-up, began; Of is how
	// long warm-up and measured time will take, 0 while preloading.
	Elapsed, Of time.Duration
	// Rate is how many operations a second had a result since the last call.
	Rate float64
	// Done and Errors count operations since the preloading, or the warm-up, began;
	// Keys is how many keys there are to preload.
	Done, Errors uint64
	Keys         int
	// Waiting is how many operations wait for a free client in an open loop.
	Waiting int
}

// String is the progress in one line.
func (p Progress) String() string {
	if p.Phase == phasePreload {
		return fmt.Sprintf("preload %s of %s keys  %s/s", grouped(float64(p.Done)), grouped(float64(p.Keys)), grouped(p.Rate))
	}
	s := fmt.Sprintf("%s %.0f/%.0f s  %s/s  errors %s", p.Phase, p.Elapsed.Seconds(), p.Of.Seconds(), grouped(p.Rate), grouped(float64(p.Errors)))
	if p.Waiting > 0 {
		s += fmt.Sprintf("  waiting %s", grouped(float64(p.Waiting)))
	}
	return s
}

// live tells about a run while it goes on.
type live struct {
	phase     atomic.Value // string
	preloaded atomic.Uint64
}

func (l *live) enter(phase string) { l.phase.Store(phase) }

// watch tells every second how far the run has come, until stop is called.
func (l *live) watch(r *runner, phase string) (stop func()) {
	l.enter(phase)
	if r.cfg.Progress == nil {
		return func() {}
	}
	end := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		began, last := time.Now(), Progress{}
		for {
			select {
			case <-tick.C:
				last = l.look(r, time.Since(began), last)
				r.cfg.Progress(last)
			case <-end:
				return
			}
		}
	})
	return func() { close(end); done.Wait() }
}

func (l *live) look(r *runner, elapsed time.Duration, last Progress) Progress {
	p := Progress{Phase: l.phase.Load().(string), Elapsed: elapsed}
	if p.Phase == phasePreload {
		p.Done, p.Keys = l.preloaded.Load(), len(r.keys)
	} else {
		p.Done, p.Errors = r.rec.done.Load(), r.rec.failed.Load()
		p.Of, p.Waiting = r.cfg.Warmup+r.cfg.Duration, r.waiting()
	}
	p.Rate = float64(p.Done-last.Done) / (elapsed - last.Elapsed).Seconds()
	return p
}

func (r *runner) waiting() int {
	if r.schedule == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.schedule.queue.count
}
