package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
	"kv/repl/term"
)

// Session is a shell at work: what the commands of the table print to and ask.
// One goroutine executes its commands, one after the other.
type Session struct {
	store    Store
	lab      Lab
	commands []Command // those this session has

	*out.Printer
	ask  func(question string) bool // asks the person; nil if there is none
	open *openTxn                   // the transaction that is being written; nil if there is none

	timeout   time.Duration
	now       func() time.Time
	began     time.Time // when the running command began
	keepGoing bool
	where     string // what stands before an error: "line 3: " in scripts
	line      int    // of the script, 0 elsewhere
	code      int    // exit code of the first command that failed
}

func newSession(cfg Config, human bool) *Session {
	s := &Session{
		store:     cfg.Store,
		lab:       cfg.Lab,
		Printer:   newPrinter(cfg, human),
		timeout:   cfg.Timeout,
		now:       cfg.Now,
		keepGoing: cfg.KeepGoing,
	}
	if s.timeout == 0 {
		s.timeout = 10 * time.Second
	}
	if s.now == nil {
		s.now = time.Now
	}
	for _, c := range Commands() {
		if !c.Lab || cfg.Lab != nil {
			s.commands = append(s.commands, c)
		}
	}
	return s
}

func newPrinter(cfg Config, human bool) *out.Printer {
	ink := func(w io.Writer) out.Palette { return out.NewPalette(out.UseColor(cfg.Color, term.Is(w))) }
	width := func() int { return term.Width(cfg.Out) }
	if cfg.Width > 0 {
		width = func() int { return cfg.Width }
	}
	return &out.Printer{Out: cfg.Out, Err: cfg.Err, Ink: ink(cfg.Out), ErrInk: ink(cfg.Err), Human: human, Width: width}
}

// exec executes one command, or takes it into the transaction that is open.
func (s *Session) exec(ctx context.Context, words []string) error {
	c, rest, err := s.find(words)
	switch {
	case err != nil:
	case s.open != nil && c.Group != GroupShell && (c.Line || !c.InTxn):
		err = s.collect(c, words)
	default:
		err = s.run(ctx, c, rest)
	}
	if err != nil && s.open != nil {
		s.open.spoil(s.line)
	}
	return err
}

// run runs a row with the words after its name.
func (s *Session) run(ctx context.Context, c *Command, words []string) error {
	if c.InTxn && s.open == nil {
		return failure.Usagef("%s works in a transaction only; `txn` begins one", c.Name)
	}
	a, err := c.parseArgs(words)
	if err != nil {
		return err
	}
	if yes, err := s.confirm(ctx, c, a); err != nil || !yes {
		return err
	}
	if !c.Endless {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.timeout)
		defer cancel()
	}
	s.began = s.now()
	err = c.Run(ctx, s, a)
	if c.Writes {
		return failure.OfWrite(err)
	}
	return err
}

// confirm asks the person, if there is one, what the command wants confirmed. The
// time they take is not the command's.
func (s *Session) confirm(ctx context.Context, c *Command, a Args) (bool, error) {
	if c.Confirm == nil || s.ask == nil {
		return true, nil
	}
	look, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	question, err := c.Confirm(look, s, a)
	if err != nil || question == "" {
		return err == nil, err
	}
	if !s.ask(question + " [y/N] ") {
		s.Note("nothing was changed")
		return false, nil
	}
	return true, nil
}

// find returns the row that the words begin with, and the words after its name.
func (s *Session) find(words []string) (*Command, []string, error) {
	if len(words) == 0 {
		return nil, nil, failure.Usagef("there is no command; `help` lists them")
	}
	c, n := lookup(s.commands, words)
	if c == nil {
		return nil, nil, s.unknown(words)
	}
	return c, words[n:], nil
}

// unknown returns the error for words that begin with no command of the session.
func (s *Session) unknown(words []string) error {
	if c, _ := lookup(Commands(), words); c != nil {
		return failure.Usagef("%s works in a playground only; start one with `kv playground`", c.Name)
	}
	first, name, near, help := words[0], syntax.Quote(words[0]), "", "help"
	if seconds := family(s.commands, first); len(seconds) == 0 {
		near = nearest(strings.ToLower(first), s.names())
	} else if len(words) == 1 {
		return failure.Usagef("%s wants one of %s after it; `help %s` explains them", first, strings.Join(seconds, ", "), first)
	} else {
		name, help = first+" "+syntax.Quote(words[1]), "help "+first
		if near = nearest(strings.ToLower(words[1]), seconds); near != "" {
			near = first + " " + near
		}
	}
	if near != "" {
		return failure.Usagef("there is no command %s; did you mean %s?", name, near)
	}
	return failure.Usagef("there is no command %s; `%s` lists them", name, help)
}

// names returns the first words of the commands that may be given now, each once
// and without aliases.
func (s *Session) names() []string {
	var names []string
	for i := range s.commands {
		first, _, _ := strings.Cut(s.commands[i].Name, " ")
		if s.commands[i].fits(s.open != nil) && !slices.Contains(names, first) {
			names = append(names, first)
		}
	}
	return names
}

// took is how long the running command has run.
func (s *Session) took() time.Duration { return s.now().Sub(s.began) }

// runScript executes statements and reports whether the script is over, because
// of `exit` or of an error.
func (s *Session) runScript(ctx context.Context, statements []syntax.Statement) bool {
	for _, st := range statements {
		s.line, s.where = st.Line, fmt.Sprintf("line %d: ", st.Line)
		err := s.exec(ctx, st.Words)
		if errors.Is(err, errExit) {
			s.finishTxn()
			return true
		}
		if err == nil || failure.IsStopped(err) {
			continue
		}
		s.worse(s.fail(err))
		if !s.keepGoing || ctx.Err() != nil {
			return true
		}
	}
	s.line, s.where = 0, ""
	return false
}

// finishScript ends a script whose input ended with err.
func (s *Session) finishScript(err error, lex *syntax.Lexer) int {
	if !errors.Is(err, io.EOF) {
		return s.worse(s.fail(fmt.Errorf("read script: %w", err)))
	}
	if err := lex.Err(); err != nil {
		return s.worse(s.fail(err))
	}
	return s.finishTxn()
}

// finishTxn ends a script, which must leave no transaction open.
func (s *Session) finishTxn() int {
	if s.open == nil {
		return s.code
	}
	s.where = ""
	return s.worse(s.fail(s.open.unfinished()))
}

// worse keeps the exit code of the first failure and returns it.
func (s *Session) worse(code int) int {
	if s.code == ExitOK {
		s.code = code
	}
	return s.code
}
