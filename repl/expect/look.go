package expect

import (
	"context"
	"errors"
	"time"

	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Meet returns nil if the expectation holds or comes to hold in its time.
func (e *Expectation) Meet(ctx context.Context, s *shell.Session) error {
	if e.within == 0 {
		found, err := e.look(ctx, s)
		return e.unmet(found, err)
	}
	within, cancel := context.WithTimeout(ctx, e.within)
	defer cancel()
	found, err := e.await(within, s)
	if err == nil && ctx.Err() != nil && len(found) > 0 {
		return failure.Noted(ctx.Err(), "found so far: %s", found[0])
	}
	return e.unmet(found, err)
}

// MetBy returns nil if the expectation holds for what a command has answered already.
func (e *Expectation) MetBy(r shell.Reply) error { return e.unmet(e.holds(r)) }

// unmet is the error of an expectation that does not hold; without anything found it does.
func (e *Expectation) unmet(found []string, err error) error {
	if err != nil || len(found) == 0 {
		return err
	}
	return &failure.UnmetError{Expected: e.String(), Found: found}
}

// The pauses between two looks: short at first, since most of what one waits for comes
// soon, and long enough for a cluster in the end.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// await looks until the expectation holds or ctx ends, and returns what the last look
// found that was not cut short.
func (e *Expectation) await(ctx context.Context, s *shell.Session) ([]string, error) {
	var last []string
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		found, err := e.look(ctx, s)
		if err != nil || len(found) == 0 {
			return nil, err
		}
		if ctx.Err() == nil || last == nil {
			last = found
		}
		select {
		case <-ctx.Done():
			return last, nil
		case <-time.After(pause):
		}
	}
}

// look asks once. It returns what was found if the expectation does not hold, nil if it
// does, and an error if the expectation makes no sense.
func (e *Expectation) look(ctx context.Context, s *shell.Session) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	if e.text {
		return e.holds(shell.Reply{Text: e.subject[0].Text, Value: e.subject[0].Text})
	}
	if e.place != "@all" || s.Together(e.subject) {
		words := e.subject
		if e.place != "" {
			words = append(words[:len(words):len(words)], syntax.Word{Text: e.place})
		}
		return e.holds(s.Capture(ctx, words))
	}
	answers, err := s.CaptureEach(ctx, e.subject)
	if err != nil {
		return e.holds(shell.Reply{Err: err})
	}
	return e.each(answers)
}

// each looks at the answers of members, all of which have to hold.
func (e *Expectation) each(answers []shell.Answer[shell.Reply]) ([]string, error) {
	var lines []string
	failed := false
	for _, a := range answers {
		found, err := e.holds(a.Value)
		if err != nil {
			return nil, err
		}
		mark := "✓ "
		if found != nil {
			mark, failed = "✗ ", true
		} else {
			found = show(a.Value)
		}
		for _, l := range found {
			lines = append(lines, mark+a.Member+"  "+l)
		}
	}
	if len(answers) == 0 {
		return []string{"no members"}, nil
	}
	if !failed {
		return nil, nil
	}
	return lines, nil
}

// holds returns what was found unless it is what was expected.
func (e *Expectation) holds(r shell.Reply) ([]string, error) {
	if errors.Is(r.Err, shell.ErrExit) {
		return nil, failure.Usagef("expect wants a command that answers, and `exit` does not")
	}
	if failure.IsStopped(r.Err) {
		r.Err = nil
	}
	// A command that was misspelled fails whatever the cluster does.
	if r.Err != nil && failure.Code(r.Err) == failure.ExitUsage && e.want != "usage" {
		return nil, r.Err
	}
	ok, err := e.operator.holds(e.want, r)
	if ok || err != nil {
		return nil, err
	}
	return show(r), nil
}
