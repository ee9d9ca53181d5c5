package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
	"kv/repl/term"
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
	ed, err := term.Open(in, out, cfg.HistoryFile, newCompleter(s).complete)
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

	w := newWatcher(cfg, s.Ink, ed.SetPrompt)
	h, err := w.open(ctx)
	defer w.close()
	for _, line := range append(cfg.Welcome, welcome(h, err, cfg.Lab != nil)...) {
		fmt.Fprintln(s.Out, line)
	}
	s.ask = func(question string) bool {
		answer, err := ed.ReadLine(question)
		return err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
	}
	s.converse(ctx, ed, func() {
		w.setMode(s.mode())
		w.hurry()
	})
	return ExitOK
}

// mode is what the prompt says about the session itself.
func (s *Session) mode() string {
	if s.open != nil {
		return "txn"
	}
	return ""
}

// converse is the dialog: a text, its commands, the next text. changed is called
// when the prompt may be another one.
func (s *Session) converse(ctx context.Context, in term.Line, changed func()) {
	for {
		text, statements, err := readText(in)
		var parse *syntax.Error
		switch {
		case errors.Is(err, term.ErrInterrupted):
			continue
		case errors.Is(err, term.ErrLeave) && s.open != nil:
			s.abort()
			changed()
			continue
		case err != nil && !errors.As(err, &parse), ctx.Err() != nil:
			return
		}
		in.Remember(text)
		if err != nil {
			s.fail(err)
			continue
		}
		if leave := s.answer(ctx, statements); leave {
			return
		}
		changed()
	}
}

// morePrompt is the prompt inside an open quote.
const morePrompt = "...> "

// readText reads lines until no quote is open, and returns them with their
// statements.
func readText(in term.Line) (string, []syntax.Statement, error) {
	var (
		lex        syntax.Lexer
		text       string
		statements []syntax.Statement
	)
	for {
		prompt := ""
		if text != "" {
			prompt = morePrompt
		}
		line, err := in.ReadLine(prompt)
		if err != nil {
			return text, nil, err
		}
		text += line
		if statements = append(statements, lex.Feed(line+"\n")...); !lex.Open() {
			return text, statements, lex.Err()
		}
		text += "\n"
	}
}

// answer executes the statements of one text and reports whether one was `exit`.
// An error does not keep back the next, which a person wrote with open eyes;
// Ctrl-C does, and so does a wrong line of a transaction, which must not be
// committed without it.
func (s *Session) answer(ctx context.Context, statements []syntax.Statement) bool {
	for i, st := range statements {
		inTxn := s.open != nil
		err, interrupted := s.interruptible(ctx, st)
		if errors.Is(err, errExit) {
			return true
		}
		if interrupted {
			fmt.Fprintln(s.Err) // the terminal has shown ^C
		}
		if failure.IsStopped(err) {
			s.Note("%s", err)
		} else if err != nil {
			s.fail(err)
		}
		if err != nil && inTxn && s.open != nil {
			text := "the transaction is still open"
			if i+1 < len(statements) {
				text += "; what follows in the line was left out"
			}
			fmt.Fprintln(s.Err, s.ErrInk.Dim.Sprint(text))
			break
		}
		if interrupted || ctx.Err() != nil {
			break
		}
	}
	return ctx.Err() != nil
}

// interruptible executes one statement, which Ctrl-C cancels: while no line is
// edited, the terminal makes a signal of it.
func (s *Session) interruptible(ctx context.Context, st syntax.Statement) (err error, interrupted bool) {
	run, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	err = s.exec(run, st.Words)
	return err, run.Err() != nil && ctx.Err() == nil
}
