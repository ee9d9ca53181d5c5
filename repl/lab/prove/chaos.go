package prove

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"kv/client/linear"
	"kv/client/lossy"
	"kv/repl/failure"
	"kv/repl/shell"
)

// storm is one run of chaos.
type storm struct {
	seed        uint64
	whole, pace time.Duration
	faults      string // as they were given
	job         job
	limit       time.Duration // of the check
	picture     string

	lab     Lab
	session *shell.Session
	field   *field
	steps   []*step
	began   time.Time
}

// String is the command that makes the run again.
func (c *storm) String() string {
	text := fmt.Sprintf("chaos -seed %d -for %s", c.seed, c.whole)
	if c.faults != "" {
		text += " -faults " + c.faults
	}
	return text + fmt.Sprintf(" -rate %g/s -clients %d -keys %d -mix %s -pace %s", c.job.rate, c.job.clients, c.job.keys, c.job.mix, c.pace)
}

func (r *rows) stormOf(s *shell.Session, a shell.Args) (*storm, error) {
	j, err := jobOf(a, "rate", 5)
	if err != nil {
		return nil, err
	}
	if !a.Has("rate") {
		j.rate = 200
	}
	c := &storm{seed: a.Number("seed"), whole: defaultFor, pace: defaultPace, faults: a.Get("faults"),
		job: j, limit: within(a), picture: a.Get("o"), lab: r.cfg.Lab, session: s, field: newField(r.cfg.Lab)}
	if !a.Has("seed") {
		c.seed = r.cfg.Random() % 1_000_000 // short enough to be typed
	}
	if a.Has("for") {
		c.whole = a.Duration("for")
	}
	if a.Has("pace") {
		c.pace = a.Duration("pace")
	}
	c.job.seed, c.job.first, c.job.prefix = c.seed, 1, fmt.Sprintf("chaos/%d/%04x/", c.seed, rand.Uint32N(1<<16))
	named, err := faultsNamed(c.faults)
	if err != nil {
		return nil, err
	}
	c.steps = plan(c.seed, named, c.lab.Names(), c.whole, c.pace)
	return c, nil
}

// runChaos runs a storm from the beginning to the verdict.
func (r *rows) runChaos(ctx context.Context, s *shell.Session, a shell.Args) error {
	r.mu.Lock()
	busy := r.load != nil
	r.mu.Unlock()
	if busy {
		return failure.Usagef("a load runs, and chaos brings its own; end it with: load stop")
	}
	c, err := r.stormOf(s, a)
	if err != nil {
		return err
	}
	for _, name := range c.lab.Names() {
		if c.field.state(name) != "running" {
			return failure.Usagef("%s does not run, and chaos begins with all nodes; start it with: start %s", name, name)
		}
	}
	l, end, err := c.staff(ctx, r.cfg.Dial)
	if err != nil {
		return err
	}
	defer end()
	c.lab.Reseed(c.seed)
	s.Note("%s", c)
	broke := c.rage(ctx)
	healed := c.heal(ctx)
	if ctx.Err() != nil {
		l.stop()
		text := "stopped before the end; all is healed"
		if healed != nil {
			text = "stopped before the end, and not all could be healed: " + healed.Error()
		}
		return &failure.VerdictError{Code: failure.ExitNoAnswer, Text: text}
	}
	served := c.recover(ctx, l)
	l.stop()
	return c.judge(ctx, l, errors.Join(broke, healed, served))
}

// staff dials the operator and starts the load. Its clients hear as well as the field lets
// them. Who has heard from the cluster once takes no other for it, though the ports of nodes
// that are down may be in use by another playground.
func (c *storm) staff(ctx context.Context, dial func(lossy.Lose) (Client, error)) (*load, func(), error) {
	operator, err := dial(nil)
	if err != nil {
		return nil, nil, fmt.Errorf("dial: %w", err)
	}
	if _, _, err := operator.Roll(ctx); err != nil {
		operator.Close()
		return nil, nil, fmt.Errorf("chaos begins with a leader: %w", err)
	}
	c.field.operator = operator
	number := 0
	l, err := startLoad(ctx, c.job, linear.New(0), func() (Client, error) {
		number++
		return dial(c.field.ears.of(c.seed, number))
	})
	if err != nil {
		operator.Close()
		return nil, nil, err
	}
	return l, func() { l.stop(); operator.Close() }, nil
}

// rage carries out the plan, until ctx ends.
func (c *storm) rage(ctx context.Context) error {
	c.began = time.Now()
	var errs []error
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, e := range append(events(c.steps), event{at: c.whole, kind: -1}) {
		timer.Reset(time.Until(c.began.Add(e.at)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if e.step != nil {
			errs = append(errs, c.happen(ctx, e))
		}
	}
	return errors.Join(errs...)
}

// happen carries out an event.
func (c *storm) happen(ctx context.Context, e event) error {
	s := e.step
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	switch {
	case e.kind == beginning:
		if s.resolved = c.field.resolve(s.targets); len(s.resolved) == 0 {
			c.tell("%s: nobody leads", s)
			return nil
		}
		s.begun = true
		c.tell("%s", s)
		return s.fault.begin(ctx, c.field, s)
	case !s.begun || s.over:
		return nil
	case e.kind == turning:
		return s.fault.turn(ctx, c.field, s)
	}
	err := s.fault.end(ctx, c.field, s)
	s.over = err == nil
	return nil // what could not be made good is tried again when all is healed
}

func (c *storm) tell(format string, args ...any) {
	c.session.Note("%7.1f s  %s", time.Since(c.began).Seconds(), fmt.Sprintf(format, args...))
}

// heal makes everything good, even if ctx has ended.
func (c *storm) heal(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return c.field.heal(ctx, c.steps)
}

// patienceToServe is how long it may take until clients are served again.
const patienceToServe = 30 * time.Second

// recover waits until clients are served again, so that what they see after the storm is
// part of the history, too.
func (c *storm) recover(ctx context.Context, l *load) error {
	ctx, cancel := context.WithTimeout(ctx, patienceToServe)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	enough := l.meter.read(time.Now(), false).done + int64(10*c.job.keys)
	for l.meter.read(time.Now(), false).done < enough {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("clients were not served again within %s after all was healed", patienceToServe)
		}
	}
	return nil
}
