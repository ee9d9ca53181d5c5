package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
	"kv/repl/term"
)

// runInteractive opens the terminal, greets, and reads commands until the person
// leaves or ctx ends.
func runInteractive(ctx context.Context, cfg Config) int {
	s := newSession(cfg, true)
	defer s.Close()
	form, err := parsePrompt(cfg.Prompt)
	if err != nil {
		return s.Fail(err)
	}
	in, inOK := cfg.In.(*os.File)
	tty, outOK := cfg.Out.(*os.File)
	if !inOK || !outOK {
		return s.Fail(errors.New("an interactive session needs a terminal"))
	}
	ed, err := term.Open(typing(cfg, s, in, tty))
	if err != nil {
		return s.Fail(err)
	}
	defer ed.Close()
	// Without a taker Ctrl-C would end the program between two commands.
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, os.Interrupt)
	defer signal.Stop(taken)
	stop := context.AfterFunc(ctx, func() { ed.Close() })
	defer stop()

	w := newWatcher(cfg, form, s, ed.SetPrompt)
	h, err := w.open(ctx)
	defer w.close()
	for _, line := range append(cfg.Welcome, welcome(h, err, cfg.Lab != nil, firstTime(cfg.HistoryFile))...) {
		fmt.Fprintln(s.Out, out.Reflow(line, s.Width()))
	}
	s.Ask = func(question string) bool {
		answer, err := ed.ReadLine(question)
		return err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
	}
	s.Above, s.Lend, s.OneScreen = ed.Above, ed.Lend, term.Is(cfg.Err)
	s.SetEditor(ed.Edit)
	s.OnLive(w.hurry)
	changed := func() {
		w.setMode(s.Mode(), s.ReadMode())
		w.hurry()
	}
	if leave := start(ctx, s, cfg.Startup); !leave {
		converse(ctx, s, ed, changed)
	}
	return ExitOK
}

// start executes the start-up file, if there is one, and reports whether the session is
// over.
func start(ctx context.Context, s *shell.Session, file string) bool {
	if file == "" {
		return false
	}
	statements, err := syntax.Parse("source -- " + syntax.Quote(file))
	if err != nil {
		return false // Quote writes what Parse reads
	}
	return s.Answer(ctx, statements)
}

// converse is the dialog: a text, its commands, the next text. changed is called
// when the prompt may be another one.
func converse(ctx context.Context, s *shell.Session, in term.Line, changed func()) {
	for {
		text, statements, err := readText(in)
		var parse *syntax.Error
		switch {
		case errors.Is(err, term.ErrInterrupted):
			continue
		case errors.Is(err, term.ErrLeave) && s.Block() != nil:
			s.Abort()
			changed()
			continue
		case err != nil && !errors.As(err, &parse), ctx.Err() != nil:
			return
		}
		if !s.Secret(text) {
			in.Remember(text)
		}
		if err != nil {
			s.Fail(err)
			continue
		}
		if leave := s.Answer(ctx, statements); leave {
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
