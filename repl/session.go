package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Session is a shell at work: what the commands of the table print to and ask.
// One goroutine executes its commands, one after the other.
type Session struct {
	store    Store
	lab      Lab
	commands []Command // those this session has

	out, err    io.Writer
	ink, errInk palette
	width       func() int // columns for tables, 0 without limit
	human       bool       // output is for people, not for programs

	timeout   time.Duration
	now       func() time.Time
	began     time.Time // when the running command began
	keepGoing bool
	where     string // what stands before an error: "line 3: " in scripts
	code      int    // exit code of the first command that failed
}

func newSession(cfg Config, human bool) *Session {
	s := &Session{
		store:     cfg.Store,
		lab:       cfg.Lab,
		out:       cfg.Out,
		err:       cfg.Err,
		ink:       newPalette(useColor(cfg.Color, cfg.Out)),
		errInk:    newPalette(useColor(cfg.Color, cfg.Err)),
		human:     human,
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
	s.width = func() int {
		if cfg.Width > 0 {
			return cfg.Width
		}
		return terminalWidth(cfg.Out)
	}
	for _, c := range Commands() {
		if !c.Lab || cfg.Lab != nil {
			s.commands = append(s.commands, c)
		}
	}
	return s
}

// exec executes one command.
func (s *Session) exec(ctx context.Context, words []string) error {
	c, err := s.find(words)
	if err != nil {
		return err
	}
	a, err := c.parseArgs(words[1:])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	s.began = s.now()
	err = c.Run(ctx, s, a)
	if err != nil && c.Writes {
		return &outcomeError{err}
	}
	return err
}

// find returns the row that the first word names.
func (s *Session) find(words []string) (*Command, error) {
	if len(words) == 0 {
		return nil, &usageError{text: "there is no command; `help` lists them"}
	}
	if c := lookup(s.commands, words[0]); c != nil {
		return c, nil
	}
	text := fmt.Sprintf("there is no command %s", Quote(words[0]))
	if c := lookup(Commands(), words[0]); c != nil {
		return nil, &usageError{text: fmt.Sprintf("%s works in a playground only; start one with `kv playground`", c.Name)}
	}
	if near := nearest(strings.ToLower(words[0]), s.names()); near != "" {
		return nil, &usageError{text: text + "; did you mean " + near + "?"}
	}
	return nil, &usageError{text: text + "; `help` lists them"}
}

// names returns the commands' names, without aliases.
func (s *Session) names() []string {
	names := make([]string, len(s.commands))
	for i := range s.commands {
		names[i] = s.commands[i].Name
	}
	return names
}

// took is how long the running command has run.
func (s *Session) took() time.Duration { return s.now().Sub(s.began) }

// runScript executes statements and reports whether the script is over, because
// of `exit` or of an error.
func (s *Session) runScript(ctx context.Context, statements []Statement) bool {
	for _, st := range statements {
		s.where = fmt.Sprintf("line %d: ", st.Line)
		err := s.exec(ctx, st.Words)
		if errors.Is(err, errExit) {
			return true
		}
		if err == nil {
			continue
		}
		s.worse(s.fail(err))
		if !s.keepGoing || ctx.Err() != nil {
			return true
		}
	}
	s.where = ""
	return false
}

// finishScript ends a script whose input ended with err.
func (s *Session) finishScript(err error, lex *lexer) int {
	if !errors.Is(err, io.EOF) {
		return s.worse(s.fail(fmt.Errorf("read script: %w", err)))
	}
	if err := lex.err(); err != nil {
		return s.worse(s.fail(err))
	}
	return s.code
}

// worse keeps the exit code of the first failure and returns it.
func (s *Session) worse(code int) int {
	if s.code == ExitOK {
		s.code = code
	}
	return s.code
}
