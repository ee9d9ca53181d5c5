package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
)

// runInteractive opens the terminal, greets, and reads commands until the person
// leaves or ctx ends.
func runInteractive(ctx context.Context, cfg Config) int {
	s := newSession(cfg, true)
	in, inOK := cfg.In.(*os.File)
	out, outOK := cfg.Out.(*os.File)
	if !inOK || !outOK {
		return s.fail(errors.New("an interactive session needs a terminal"))
	}
	ed, err := newEditor(in, out, cfg.HistoryFile, newCompleter(s))
	if err != nil {
		return s.fail(err)
	}
	defer ed.Close()
	// Without a taker Ctrl-C would end the program between two commands.
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, os.Interrupt)
	defer signal.Stop(taken)
	stop := context.AfterFunc(ctx, func() { ed.Close() })
	defer stop()

	w := newWatcher(cfg, s.ink, ed.SetPrompt)
	h, err := w.open(ctx)
	defer w.close()
	for _, line := range append(cfg.Welcome, welcome(h, err, cfg.Lab != nil)...) {
		fmt.Fprintln(s.out, line)
	}
	s.converse(ctx, ed, w.hurry)
	return ExitOK
}

// converse is the dialog: a text, its commands, the next text.
func (s *Session) converse(ctx context.Context, in Line, hurry func()) {
	for {
		text, statements, err := readText(in)
		var parse *ParseError
		switch {
		case errors.Is(err, errInterrupted):
			continue
		case err != nil && !errors.As(err, &parse), ctx.Err() != nil:
			return
		}
		if worthKeeping(text) {
			in.Remember(text)
		}
		if err != nil {
			s.fail(err)
			continue
		}
		if leave := s.answer(ctx, statements); leave {
			return
		}
		hurry()
	}
}

// readText reads lines until no quote is open, and returns them with their
// statements.
func readText(in Line) (string, []Statement, error) {
	var (
		lex        lexer
		text       string
		statements []Statement
	)
	for {
		line, err := in.ReadLine(text != "")
		if err != nil {
			return text, nil, err
		}
		text += line
		if statements = append(statements, lex.feed(line+"\n")...); !lex.open() {
			return text, statements, lex.err()
		}
		text += "\n"
	}
}

// answer executes the statements of one text and reports whether one was `exit`.
// An error does not keep back the next, which a person wrote with open eyes;
// Ctrl-C does.
func (s *Session) answer(ctx context.Context, statements []Statement) bool {
	for _, st := range statements {
		err, interrupted := s.interruptible(ctx, st)
		if errors.Is(err, errExit) {
			return true
		}
		if interrupted {
			fmt.Fprintln(s.err) // the terminal has shown ^C
		}
		if err != nil {
			s.fail(err)
		}
		if interrupted || ctx.Err() != nil {
			break
		}
	}
	return ctx.Err() != nil
}

// interruptible executes one statement, which Ctrl-C cancels: while no line is
// edited, the terminal makes a signal of it.
func (s *Session) interruptible(ctx context.Context, st Statement) (err error, interrupted bool) {
	run, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	err = s.exec(run, st.Words)
	return err, run.Err() != nil && ctx.Err() == nil
}
