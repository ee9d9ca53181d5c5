package learn

import (
	"context"
	"sync"

	"kv/repl/out"
	"kv/repl/shell"
)

// class is a lesson that is being given in a session. At a prompt a goroutine of its own
// looks whether the step is done, so that the prompt is free; in a script the script waits.
type class struct {
	room    *rows
	session *shell.Session // its goroutine alone uses it, but for what is safe
	own     bool           // a goroutine of its own looks

	// How the session prints, which may be another way while a command runs.
	ink, errInk out.Palette
	width       func() int

	mu       sync.Mutex
	progress progress       // guarded by mu
	aside    *shell.Session // guarded by mu; what the looks ask

	begin  func()             // begins the looking
	news   chan struct{}      // a command was given
	leave  context.CancelFunc // ends the looking
	forget context.CancelFunc // and what makes the cluster whole again
	ended  chan struct{}      // closed when the goroutine has ended
}

// newClass makes the class of a lesson whose setup is done. Its begin is to be called once
// the first step was told.
func newClass(ctx context.Context, r *rows, s *shell.Session, l *Lesson) *class {
	c := &class{room: r, session: s, own: s.Above != nil, ink: s.Ink, errInk: s.ErrInk, width: s.Width, progress: progress{lesson: l}, aside: s.Aside(),
		news: make(chan struct{}, 1), ended: make(chan struct{})}
	life, forget := context.WithCancel(context.WithoutCancel(ctx))
	looking, leave := context.WithCancel(life)
	c.leave, c.forget = leave, forget
	s.Follow(c.follow)
	s.AtEnd(func() { forget(); <-c.ended })
	s.SetLive("learn", c.live)
	c.begin = func() { go c.watch(looking, life) }
	if !c.own {
		c.begin = func() {}
		close(c.ended)
	}
	return c
}

// live is what the prompt shows.
func (c *class) live() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.progress.step() == nil {
		return ""
	}
	return c.progress.place()
}

// over reports whether the last step is done.
func (c *class) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress.step() == nil
}

// end ends a lesson before its last step is done, and undoes what it has done.
func (c *class) end(ctx context.Context) error {
	c.leave()
	stop := context.AfterFunc(ctx, c.forget)
	<-c.ended
	stop()
	c.session.Follow(nil)
	c.session.SetLive("learn", nil)
	if c.over() {
		return nil
	}
	return c.tidy(ctx)
}

// follow is told of the commands that are given.
func (c *class) follow(ctx context.Context, d shell.Done) error {
	if len(d.Words) == 0 || d.Words[0] == "learn" {
		return d.Reply.Err
	}
	c.mu.Lock()
	step := c.progress.step()
	met := c.progress.typed(d, c.session.Expand)
	c.aside = c.session.Aside()
	c.mu.Unlock()
	switch {
	case step == nil:
		return d.Reply.Err
	case c.own:
		select {
		case c.news <- struct{}{}:
		default:
		}
		return d.Reply.Err
	}
	if err := d.Reply.Err; met && err != nil { // as it was to be: the script goes on
		c.session.Fail(err)
	} else if err != nil {
		return err
	}
	return c.settle(ctx, step.endsHint(d.Words, c.session))
}

// advance goes on to the next step, says so, and reports whether there is none.
func (c *class) advance() (over bool) {
	c.mu.Lock()
	done := c.progress.next()
	text := c.voice().done(done) + "\n"
	if over = c.progress.step() == nil; !over {
		text += c.voice().step(&c.progress)
	} else {
		text += c.voice().end(c.progress.lesson)
	}
	c.mu.Unlock()
	c.session.SetLive("learn", c.live) // it says something else now
	c.say(text)
	return over
}

// finish notes that the lesson was learned, and makes the cluster whole.
func (c *class) finish(ctx context.Context) error {
	c.room.learned(c.progress.lesson)
	if err := c.tidy(ctx); err != nil {
		return err
	}
	c.say(c.voice().whole())
	return nil
}

// tidy makes the cluster whole, and takes back what is left of the lesson.
func (c *class) tidy(ctx context.Context) error {
	l := c.progress.lesson
	if err := c.room.cluster.restore(ctx, l.Nodes); err != nil {
		return err
	}
	c.mu.Lock()
	aside := c.aside
	c.mu.Unlock()
	for _, command := range l.Cleanup {
		words, err := aside.Expand(command.Statement.Words)
		if err == nil {
			aside.Capture(ctx, words) // what there is not to take back fails
		}
	}
	return nil
}
