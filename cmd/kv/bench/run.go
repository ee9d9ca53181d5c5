package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// errorPause is how long a client of a closed loop waits after an error: a store
	// that refuses at once would only be asked the more.
	errorPause = 10 * time.Millisecond
	// preloaders is how many clients preload at least.
	preloaders = 64
)

// runner is one run. Its fields are set before the clients start.
type runner struct {
	cfg    Config
	keys   []string
	values [][]byte
	rec    *record
	live   live

	free       context.Context // of the operations; set before measuring
	start      time.Time       // of the warm-up
	begin, end time.Duration   // the measured time, since start
	ended      time.Duration   // when it did end; set before Run reports

	mu       sync.Mutex // guards schedule
	schedule *schedule  // nil in a closed loop
}

func newRunner(cfg Config) *runner {
	r := &runner{
		cfg:    cfg,
		keys:   makeKeys(cfg.Keys, cfg.KeyBytes),
		values: makeValues(cfg.ValueBytes, cfg.Seed),
		rec:    newRecord(cfg.Mix),
		free:   context.Background(),
		begin:  cfg.Warmup,
		end:    cfg.Warmup + cfg.Duration,
	}
	if cfg.Rate > 0 {
		r.cfg.Backlog = cfg.backlog()
		r.schedule = newSchedule(cfg.Rate, r.cfg.Backlog, r.begin, r.end)
	}
	return r
}

// backlog returns how many operations may wait in an open loop.
func (c *Config) backlog() int {
	if c.Backlog > 0 {
		return c.Backlog
	}
	return max(int(c.Rate), 1)
}

func (r *runner) target(client int) Target { return r.cfg.Targets[client%len(r.cfg.Targets)] }

// prepare preloads, or looks whether the store answers at all.
func (r *runner) prepare(ctx context.Context) error {
	ctx, cancel := withoutDeadline(ctx)
	defer cancel()
	if r.cfg.Preload {
		return r.preload(ctx)
	}
	if _, err := r.target(0).Do(ctx, Op{Kind: Get, Key: r.keys[0]}); err != nil {
		return fmt.Errorf("read a first key: %w", err)
	}
	return nil
}

// withoutDeadline returns a context that ends with ctx, but has no deadline: that
// of a run is none of an operation, whose target bounds it.
func withoutDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	free, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	return free, func() { stop(); cancel() }
}

// preload puts every key once. The first error ends it.
func (r *runner) preload(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := r.live.watch(r, phasePreload)
	defer stop()
	var next atomic.Int64
	var all sync.WaitGroup
	for client := range max(r.cfg.Clients, preloaders) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(r.keys) {
					return
				}
				op := Op{Kind: Put, Number: i, Key: r.keys[i], Value: r.values[i%len(r.values)]}
				if _, err := r.target(client).Do(ctx, op); err != nil {
					cancel(fmt.Errorf("preload %s: %w", op.Key, err))
					return
				}
				r.live.preloaded.Add(1)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// measure runs the clients until the end of the measured time, or of ctx.
func (r *runner) measure(ctx context.Context) {
	stop := r.live.watch(r, phaseWarmup)
	defer stop()
	r.free = context.WithoutCancel(ctx)
	r.start = time.Now()
	r.rec.acked.Store(int64(r.begin))
	var all sync.WaitGroup
	for client := range r.cfg.Clients {
		all.Go(func() {
			if r.schedule != nil {
				r.open(ctx, client)
			} else {
				r.closed(ctx, client)
			}
		})
	}
	measured := pause(ctx, r.begin)
	if measured {
		r.live.enter(phaseMeasure)
		call(r.cfg.AtStart)
	}
	r.ended = r.end
	if !pause(ctx, r.end-time.Since(r.start)) {
		r.ended = min(time.Since(r.start), r.end)
	}
	all.Wait()
	if measured {
		call(r.cfg.AtEnd)
	}
	r.rec.acknowledged(r.ended)
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// pause waits for d; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// closed is a client that begins an operation when the one before has ended.
func (r *runner) closed(ctx context.Context, client int) {
	d := newDrawer(&r.cfg, r.keys, r.values, client)
	for ctx.Err() == nil {
		turn := time.Since(r.start)
		if turn >= r.end {
			return
		}
		if !r.do(ctx, client, d.next(), turn) {
			pause(ctx, errorPause)
		}
	}
}

// open is a client that takes turns from the schedule.
func (r *runner) open(ctx context.Context, client int) {
	d := newDrawer(&r.cfg, r.keys, r.values, client)
	for ctx.Err() == nil {
		now, turn, ok := r.take()
		if !ok || turn > now && !pause(ctx, turn-now) {
			return
		}
		r.do(ctx, client, d.next(), turn)
	}
}

func (r *runner) take() (now, turn time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now = time.Since(r.start)
	turn, ok = r.schedule.take(now)
	return now, turn, ok
}

// do carries out an operation whose turn came at a time since the start, and notes
// what became of it; false if it failed.
func (r *runner) do(ctx context.Context, client int, op Op, turn time.Duration) bool {
	missed, err := r.target(client).Do(r.free, op)
	now := time.Since(r.start)
	counted := turn >= r.begin
	if err != nil {
		r.rec.failed.Add(1)
		if counted {
			r.rec.failure(client, op.Kind, failureOf(err))
		}
		return false
	}
	r.rec.done.Add(1)
	if op.Kind.writes() && !missed {
		r.rec.acknowledged(min(now, r.end))
	}
	within := now >= r.begin && now < r.end && ctx.Err() == nil
	r.rec.result(client, op.Kind, now-turn, missed, within, counted)
	return true
}
