package learn

import (
	"context"
	"errors"
	"time"

	"kv/repl/failure"
)

// The pauses and bounds of looks at the cluster.
const (
	lookPause = 200 * time.Millisecond
	lookWait  = 3 * time.Second
	hintWait  = 30 * time.Second // in a script, after the last command of the hint
)

// settle looks, in a script, whether the step is done. Where it should be, since all of the
// hint was executed, it waits for that.
func (c *class) settle(ctx context.Context, wait bool) error {
	bound, cancel := context.WithTimeout(ctx, hintWait)
	defer cancel()
	for {
		err := c.look(bound)
		if err == nil {
			if c.advance() {
				return c.finish(ctx)
			}
			return nil
		}
		if !wait {
			return nil
		}
		if errors.Is(err, errWaits) {
			cancel()
		}
		select {
		case <-bound.Done():
			return failure.Noted(err, "%s is not done by its hint", c.live())
		case <-time.After(lookPause):
		}
	}
}

// watch looks again and again, until the lesson is over or ctx ends. life is the context
// for what comes then.
func (c *class) watch(ctx, life context.Context) {
	defer close(c.ended)
	defer c.forget()
	tick := time.NewTicker(lookPause)
	defer tick.Stop()
	for ctx.Err() == nil {
		if c.look(ctx) == nil && c.advance() {
			if err := c.finish(life); err != nil && life.Err() == nil {
				c.say(c.errInk.Bad.Sprint(failure.Explain(err)[0]))
			}
			return
		}
		select {
		case <-c.news:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// errWaits: the step waits for a command.
var errWaits = errors.New("no command was given that ended as the step asks for")

// look returns nil if the step is done, and else what is not as it should be.
func (c *class) look(ctx context.Context) error {
	c.mu.Lock()
	step, aside, waits := c.progress.step(), c.aside, c.progress.waits()
	c.mu.Unlock()
	if waits {
		return errWaits
	}
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	for i := range step.Checks {
		e, err := step.Checks[i].expectation(aside.Expand)
		if err == nil {
			err = e.Meet(ctx, aside)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
