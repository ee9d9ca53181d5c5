package learn

import (
	"context"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// list shows the lessons, and the step that is to be done.
func (r *rows) list(s *shell.Session) error {
	if err := lessonView(s).All(s.Printer, r.states()); err != nil || s.ForPrograms() {
		return err
	}
	if c := r.current(); c != nil {
		c.show()
	} else if s.ForPeople() {
		s.Note("`learn NAME` begins one; each takes a few minutes")
	}
	return nil
}

// state is how far a lesson is.
type state struct {
	number int
	lesson *Lesson
	name   string // "" for one that was not begun
}

const (
	stateBegun = "begun"
	stateDone  = "done"
)

func (r *rows) states() []state {
	c := r.current()
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]state, len(r.lessons))
	for i, l := range r.lessons {
		all[i] = state{number: i + 1, lesson: l}
		switch {
		case c != nil && c.progress.lesson == l:
			all[i].name = stateBegun
		case r.done[l.Name]:
			all[i].name = stateDone
		}
	}
	return all
}

func lessonView(s *shell.Session) out.View[state] {
	return out.View[state]{Record: state.record, Head: []string{"N", "NAME", "LESSON", "STEPS", "STATE"},
		Cells: func(l state) []out.Cell { return l.cells(s) }}
}

func (l state) record() out.Record {
	if l.lesson == nil { // for the names of the fields
		l.lesson = new(Lesson)
	}
	return out.Record{out.Uint("number", l.number), out.Text("name", l.lesson.Name), out.Text("title", l.lesson.Title),
		out.Uint("steps", len(l.lesson.Steps)), out.Text("state", l.name)}
}

func (l state) cells(s *shell.Session) []out.Cell {
	shown := out.Plain("-")
	switch l.name {
	case stateBegun:
		shown = out.Inked(l.name, s.Ink.Warn)
	case stateDone:
		shown = out.Inked(l.name, s.Ink.Good)
	}
	return []out.Cell{out.Number(uint64(l.number)), out.Inked(l.lesson.Name, s.Ink.Strong), out.Plain(l.lesson.Title),
		out.Number(uint64(len(l.lesson.Steps))), shown}
}

// current returns the lesson that is being given, nil if none is.
func (r *rows) current() *class {
	if r.class == nil || r.class.over() {
		return nil
	}
	return r.class
}

// given is current for a command that is about it.
func (r *rows) given() (*class, error) {
	if c := r.current(); c != nil {
		return c, nil
	}
	return nil, failure.Usagef("no lesson is being given; `learn` lists them, and `learn NAME` begins one")
}

// learned notes that a lesson has come to its end.
func (r *rows) learned(l *Lesson) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[l.Name] = true
}

// begin begins a lesson, after what is left of another.
func (r *rows) begin(ctx context.Context, s *shell.Session, l *Lesson) error {
	if err := r.leave(ctx); err != nil {
		return err
	}
	if err := r.cluster.fits(l); err != nil {
		return err
	}
	if err := r.cluster.restore(ctx, l.Nodes); err != nil {
		return err
	}
	for _, c := range l.Setup {
		words, err := s.Expand(c.Statement.Words)
		if err == nil {
			err = s.Capture(ctx, words).Err
		}
		if err != nil {
			return failure.Noted(err, "the lesson %s cannot begin without: %s", l.Name, c.Text)
		}
	}
	v := voice{s.Ink, s.Width()}
	voiceTo(s, v.begin(l))
	c := newClass(ctx, r, s, l)
	r.class = c
	c.show()
	if s.ForPeople() {
		s.Note("`learn hint` shows the commands, `learn skip` has it done, `learn stop` ends")
	}
	step := c.record()
	c.begin()
	if s.ForPrograms() {
		return s.One(step, nil)
	}
	return nil
}

// leave ends the lesson that is being given, if there is one.
func (r *rows) leave(ctx context.Context) error {
	c := r.class
	if c == nil {
		return nil
	}
	r.class = nil
	return c.end(ctx)
}

func (r *rows) hint(_ context.Context, s *shell.Session, _ shell.Args) error {
	c, err := r.given()
	if err != nil {
		return err
	}
	return out.View[Command]{Record: func(h Command) out.Record { return out.Record{out.Text("command", h.Text)} },
		Words: func(h Command) string { return s.Ink.Key.Sprint(h.Text) }}.All(s.Printer, c.hint())
}

// skip executes the hint, command by command as if it were typed.
func (r *rows) skip(ctx context.Context, s *shell.Session, _ shell.Args) error {
	c, err := r.given()
	if err != nil {
		return err
	}
	for _, h := range c.hint() {
		voiceTo(s, c.voice().skip(h))
		if err := s.Do(ctx, h.Statement); err != nil && !s.Human {
			return err
		} else if err != nil {
			s.Fail(err) // that may be what the step is about
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

func (r *rows) again(ctx context.Context, s *shell.Session, _ shell.Args) error {
	if r.class == nil {
		_, err := r.given()
		return err
	}
	return r.begin(ctx, s, r.class.progress.lesson)
}

func (r *rows) stop(ctx context.Context, s *shell.Session, _ shell.Args) error {
	c, err := r.given()
	if err != nil {
		return err
	}
	if err := r.leave(ctx); err != nil {
		return err
	}
	if s.ForPeople() {
		voiceTo(s, c.voice().whole())
	}
	return nil
}
