package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Answer executes the statements of one text and reports whether one was `exit`.
// An error does not keep back the next, which a person wrote with open eyes;
// Ctrl-C does, and so does a wrong line of a transaction, which must not be
// committed without it.
func (s *Session) Answer(ctx context.Context, statements []syntax.Statement) bool {
	s.hushed = len(statements) > 0 && statements[0].Column > 1
	defer func() { s.hushed = false }()
	for i, st := range statements {
		inTxn := s.open != nil
		err, interrupted := s.interruptible(ctx, st)
		if errors.Is(err, ErrExit) {
			return true
		}
		if interrupted {
			fmt.Fprintln(s.Err) // the terminal has shown ^C
		}
		if failure.IsStopped(err) {
			s.Note("%s", err)
		} else if err != nil {
			s.Fail(err)
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
	run, cancel := context.WithCancel(ctx)
	pressed := make(chan os.Signal, 1)
	signal.Notify(pressed, os.Interrupt)
	var watch sync.WaitGroup
	watch.Go(func() {
		for run.Err() == nil {
			select {
			case <-pressed:
				if !s.life.editing.Load() {
					cancel()
				}
			case <-run.Done():
			}
		}
	})
	err = s.Do(run, st)
	interrupted = run.Err() != nil && ctx.Err() == nil
	signal.Stop(pressed)
	cancel()
	watch.Wait()
	return err, interrupted
}

// SetEditor gives the person an editor. While they are in it, Ctrl-C is a key of it, as
// Ctrl-G is of Emacs, which makes the same signal of that.
func (s *Session) SetEditor(edit func(text []byte) ([]byte, error)) {
	s.Edit = func(text []byte) ([]byte, error) {
		s.life.editing.Store(true)
		defer s.life.editing.Store(false)
		return edit(text)
	}
}
