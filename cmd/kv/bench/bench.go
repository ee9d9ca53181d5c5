// Package bench puts load on a store and tells what came of it. The store is a
// Target, so that kv and its neighbours are measured by the same engine.
//
// An operation is counted if its turn comes within the measured time, and then to
// its end, however late that is: what is slow at the end is not cut off. Each is
// either a result or an error, and only results have latencies and make
// throughput. In a closed loop every client begins its next operation when the one
// before has ended. In an open loop operations have their turns by a schedule, and
// latency counts from the turn, so that a store that stalls cannot hold back the
// operations that would have shown it (coordinated omission).
package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Config says what to run. It is not changed after it was handed in.
type Config struct {
	// Targets are the connections; client i uses Targets[i modulo their number].
	// Required.
	Targets []Target
	// Clients is how many operations may be under way at a time, 1 or more.
	Clients int
	// Mix says which kinds of operation to do. Required.
	Mix Mix
	// Keys is the number of keys, 1 or more; KeyBytes their length, which must have
	// room for KeyPrefix and the number; ValueBytes the length of all values.
	Keys, KeyBytes, ValueBytes int
	// Skew draws keys by Zipf's law with this exponent, above 1; 0 draws all keys
	// equally often.
	Skew float64
	// Rate makes the loop open, with so many turns a second; 0 makes it closed.
	Rate float64
	// Backlog is how many operations whose turn has come may wait for a free client
	// in an open loop; more are dropped, and counted. 0 means one second's.
	Backlog int
	// Warmup goes before the measured time, Duration is that time.
	Warmup, Duration time.Duration
	// Preload puts every key once before.
	Preload bool
	// Seed makes keys, values and the order of kinds the same in each run.
	Seed uint64

	// Progress, if not nil, is called about every second, by one goroutine.
	Progress func(Progress)
	// AtStart and AtEnd, if not nil, are called when the measured time begins and
	// when it has ended and no operation is under way any more.
	AtStart, AtEnd func()
}

// ErrConfig: the configuration cannot be run; the text says why.
var ErrConfig = errors.New("cannot run this")

// check finds what cannot be run.
func (c *Config) check() error {
	switch {
	case len(c.Targets) == 0:
		return fmt.Errorf("%w: no target", ErrConfig)
	case c.Clients < 1:
		return fmt.Errorf("%w: %d clients", ErrConfig, c.Clients)
	case c.Mix.total() == 0:
		return fmt.Errorf("%w: the mix is empty", ErrConfig)
	case c.Keys < 1 || c.Keys > maxKeys:
		return fmt.Errorf("%w: %d keys; give 1 to %d", ErrConfig, c.Keys, maxKeys)
	case c.KeyBytes < minKeyBytes(c.Keys):
		return fmt.Errorf("%w: %d keys need at least %d bytes each, not %d", ErrConfig, c.Keys, minKeyBytes(c.Keys), c.KeyBytes)
	case c.ValueBytes < 0:
		return fmt.Errorf("%w: values of %d bytes", ErrConfig, c.ValueBytes)
	case c.Skew != 0 && c.Skew <= 1:
		return fmt.Errorf("%w: a skew of %v; give one above 1", ErrConfig, c.Skew)
	case c.Rate < 0 || c.Rate > maxRate:
		return fmt.Errorf("%w: %v operations a second; give at most %v", ErrConfig, c.Rate, float64(maxRate))
	case c.Backlog < 0:
		return fmt.Errorf("%w: a backlog of %d", ErrConfig, c.Backlog)
	case c.Warmup < 0 || c.Duration <= 0:
		return fmt.Errorf("%w: %s of warm-up and %s of measuring", ErrConfig, c.Warmup, c.Duration)
	}
	return nil
}

// Run puts the load on the targets. It returns an error if the configuration
// cannot be run, or if a key could not be preloaded or, without preloading, the
// first one not be read: then nothing was measured. When ctx ends, Run begins no
// more operations, waits for those under way, and reports what there is.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.check(); err != nil {
		return Report{}, err
	}
	r := newRunner(cfg)
	report := newReport(cfg)
	began := time.Now()
	if err := r.prepare(ctx); err != nil {
		return Report{}, err
	}
	if cfg.Preload {
		report.Preload = &Preload{Keys: cfg.Keys, Seconds: seconds(time.Since(began))}
	}
	r.measure(ctx)
	r.fill(&report)
	report.Interrupted = ctx.Err() != nil
	return report, nil
}
