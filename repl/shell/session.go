package shell

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// Config is what a session is made of.
type Config struct {
	// Rooms are the commands.
	Rooms []Room
	// Printer is where they print.
	Printer *out.Printer
	// Lab: there is a playground. Without one the commands that need it are hidden.
	Lab bool
	// KeepGoing lets a script go on after a command that failed.
	KeepGoing bool
	// Echo shows the lines of a script before they are executed.
	Echo bool
	// Timeout bounds one command. 0 means 10 s.
	Timeout time.Duration
	// Now is the clock that measures commands; nil means time.Now.
	Now func() time.Time
	// Height returns the rows of the terminal that shows what is printed, 0 if there is
	// none; nil means there is none.
	Height func() int
}

// Session is a shell at work: what the commands of the table print to and ask.
// One goroutine executes its commands, one after the other.
type Session struct {
	*out.Printer
	// Ask asks the person; nil if there is none.
	Ask func(question string) bool
	// Above prints lines above the one that the person is typing; nil if there is none.
	// Any goroutine may call it.
	Above func(text string)
	// Edit lets the person change a text in their editor; nil if there is none.
	Edit func(text []byte) ([]byte, error)
	// Lend gives their terminal to a program while use runs, and takes it back as it was;
	// nil if there is none.
	Lend func(use func())
	// Mute keeps what is typed from being shown until undo; nil if nobody types.
	Mute func() (undo func())
	// OneScreen: Out and Err are the same terminal.
	OneScreen bool
	// Typing is what they see while they type.
	Typing *Typing

	// Private reports whether a text holds a secret, so that no record keeps it; nil if
	// none does.
	Private func(text string) bool

	table  Table // the commands of this session
	all    Table // and those that it has not
	words  map[*Kind]Words
	voters Voters     // nil if nobody knows them
	open   *openBlock // nil if none is

	level     Level // of reads; "" is the default
	timeout   time.Duration
	now       func() time.Time
	began     time.Time // when the running command began
	keepGoing bool
	script    *script // that is executed, or the prompt
	last      int     // exit code of the last command
	vars      map[string]string
	nested    int // commands that are being carried out, one in the other
	timing    bool
	record    *record       // nil if nothing is recorded
	follow    Follower      // of the statements; nil if there is none
	results   *resultKeeper // of the running statement, for the record; nil if there is none
	hushed    bool          // what is typed now is not
	height    func() int
	single    bool         // one command of another shell is all there is
	bare      *string      // where Bare leaves its word; nil if nobody wants it
	failed    *FailedWrite // the last, nil if there was none
	reader    reader       // that gets what is printed, nil if none does
	unpaged   bool         // no pager is wanted
	led       *led         // where the answer goes that the running row captures; nil if nowhere else
	echo      bool         // lines of a script are shown before they are executed
	verdict   verdict      // of the expectations so far
	life      *life
}

// New makes a session.
func New(cfg Config) *Session {
	s := &Session{
		life:      &life{},
		Printer:   cfg.Printer,
		all:       NewTable(cfg.Rooms...),
		words:     make(map[*Kind]Words),
		timeout:   cfg.Timeout,
		now:       cfg.Now,
		keepGoing: cfg.KeepGoing,
		height:    cfg.Height,
		echo:      cfg.Echo,
		script:    &script{},
		Typing:    new(Typing),
		vars:      make(map[string]string),
	}
	if s.timeout == 0 {
		s.timeout = 10 * time.Second
	}
	s.Typing.Hints.Store(true)
	s.Typing.Ghost.Store(true)
	s.Private = s.Secret
	if s.now == nil {
		s.now = time.Now
	}
	s.words[KindVariable] = func(context.Context, string) ([]string, error) { return s.Variables(), nil }
	for _, room := range cfg.Rooms {
		maps.Copy(s.words, room.Words)
		if room.Voters != nil {
			s.voters = room.Voters
		}
	}
	s.table = slices.DeleteFunc(slices.Clone(s.all), func(c Command) bool { return c.Lab && !cfg.Lab })
	return s
}

// Commands returns the commands of the session.
func (s *Session) Commands() Table { return s.table }

// Close ends what the session has begun: a record, and what its commands have left in the
// background. It may be called again.
func (s *Session) Close() error {
	s.life.end()
	if s.record == nil {
		return nil
	}
	return s.StopRecord()
}

// Timeout bounds what a command does.
func (s *Session) Timeout() time.Duration { return s.timeout }

// ErrExit: the session shall end.
var ErrExit = errors.New("exit")

// Exec executes one command, or takes it into the transaction that is open. Its words
// are as another shell has read them: none is an operator or a variable.
func (s *Session) Exec(ctx context.Context, words []string) error {
	return s.exec(ctx, syntax.Plain(words...))
}

// Run executes a command that is a part of another, with what its quotes said.
func (s *Session) Run(ctx context.Context, words []syntax.Word) error { return s.exec(ctx, words) }

func (s *Session) exec(ctx context.Context, words []syntax.Word) error {
	if s.nested++; s.nested > mostNested {
		s.nested--
		return failure.Usagef("more than %d commands are nested here; write them one after the other", mostNested)
	}
	defer func() { s.nested-- }()
	c, n, err := s.find(syntax.Texts(words))
	switch {
	case err != nil:
		return err
	case s.takes(c):
		return s.open.Take(c, syntax.Texts(words[n:]))
	default:
		return s.run(ctx, c, words[n:])
	}
}

// takes reports whether a command becomes a part of the open block instead of being run.
func (s *Session) takes(c *Command) bool {
	return s.open != nil && c.Group != GroupShell && (c.Line || !c.InTxn)
}

// run runs a row with the words after its name.
func (s *Session) run(ctx context.Context, c *Command, words []syntax.Word) error {
	if c.InTxn && s.open == nil {
		return failure.Usagef("%s works in a transaction only; `txn` begins one", c.Name)
	}
	a, err := c.plainPlace(words).Parse(syntax.Texts(words))
	if err != nil {
		return shown(err, a)
	}
	if a.Shown() != "" {
		defer func(before *out.Printer) { s.Printer = before }(s.Printer)
		s.Printer = s.As(out.Format(a.Get(formatKey)), a.Has(hexKey))
	}
	return shown(s.carryOut(ctx, c, a, words), a)
}

// carryOut runs a row with its arguments, which were made of words.
func (s *Session) carryOut(ctx context.Context, c *Command, a Args, words []syntax.Word) error {
	a.inner = words[len(words)-len(a.rest):]
	if c.Prepare != nil {
		if ready, err := c.Prepare(ctx, s, a); err != nil || !ready {
			return err
		}
	}
	if yes, err := s.confirm(ctx, c, a); err != nil || !yes {
		return err
	}
	err := s.paged(ctx, c, a, func() error { return s.timed(ctx, c, a) })
	if c.Writes {
		s.noteWrite(c, syntax.Texts(words), err)
		return failure.OfWrite(err)
	}
	return err
}

// timed runs a row in its time.
func (s *Session) timed(ctx context.Context, c *Command, a Args) error {
	if !c.Endless {
		var cancel context.CancelFunc
		ctx, cancel = s.bounded(ctx)
		defer cancel()
	}
	s.began = s.now()
	return enough(c.Run(ctx, s, a))
}

// confirm asks the person, if there is one, what the command wants confirmed. The
// time they take is not the command's.
func (s *Session) confirm(ctx context.Context, c *Command, a Args) (bool, error) {
	if c.Confirm == nil || s.Ask == nil {
		return true, nil
	}
	look, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	question, err := c.Confirm(look, s, a)
	if err != nil || question == "" {
		return err == nil, err
	}
	return s.Sure(question), nil
}

// Sure asks the person a question that only a yes answers, for a row whose question needs
// more than a Confirm; true if there is nobody to ask. The time they take is not the
// command's.
func (s *Session) Sure(question string) bool {
	if s.Ask == nil {
		return true
	}
	asked := s.now()
	yes := s.Ask(question + " [y/N] ")
	s.began = s.began.Add(s.now().Sub(asked))
	if !yes {
		s.Note("nothing was changed")
	}
	return yes
}

// Now is the time by the session's clock.
func (s *Session) Now() time.Time { return s.now() }

// Took is how long the running command has run.
func (s *Session) Took() time.Duration { return s.now().Sub(s.began) }

// Fail prints an error and returns its exit code: in JSON an object, else lines.
func (s *Session) Fail(err error) int {
	format := s.Form()
	var own *shownError
	if errors.As(err, &own) {
		format = own.format
	}
	if err == error(own) {
		err = own.error
	}
	if format.JSON() && !failure.IsTold(err) {
		_ = s.Fault(faultRecord(s.script.place(), err)) // nobody is left to be told
		return failure.Code(err)
	}
	lines := failure.Explain(err)
	if failure.IsTold(err) {
		lines = lines[1:]
	}
	for i, line := range lines {
		ink := s.ErrInk.Bad
		if i > 0 {
			ink = s.ErrInk.Dim
		}
		if s.OneScreen {
			line = out.Reflow(line, s.Width())
		}
		fmt.Fprintln(s.Err, s.script.place()+ink.Sprint(line))
	}
	return failure.Code(err)
}
