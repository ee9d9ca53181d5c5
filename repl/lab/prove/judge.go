package prove

import (
	"context"
	"fmt"
	"time"

	"kv/client/linear"
	"kv/repl/failure"
	"kv/repl/out"
)

// leastOps is how many operations must have been done for a verdict to mean anything.
const leastOps = 20

// judge finds out and tells what a storm has shown. broken is what went wrong besides.
func (c *storm) judge(ctx context.Context, l *load, broken error) error {
	s := c.session
	together := agree(ctx, c.lab)
	report, err := judge(ctx, l.history, c.limit)
	if err != nil {
		return err
	}
	if err := s.Table(l.meter.read(time.Now(), false).grid()); err != nil {
		return err
	}
	if err := savePicture(s, report, c.picture); err != nil {
		return err
	}
	if report.Verdict == linear.Violation {
		if err := showOffending(s, report); err != nil {
			return err
		}
	}
	code, text := c.verdict(report, together)
	if code == failure.ExitOK && broken != nil {
		code, text = failure.ExitNoAnswer, "something else went wrong: "+broken.Error()
	}
	if code == failure.ExitOK {
		return s.Line("verdict", s.Ink.Good.Sprint("PASS")+"  "+text+"; again with: "+c.String())
	}
	word := map[int]string{failure.ExitViolated: "FAIL"}[code]
	if word == "" {
		word = "CANNOT SAY"
	}
	return &failure.VerdictError{Code: code, Text: word + "  " + text + "; again with: " + c.String()}
}

// verdict returns the exit code of a storm and its reasons.
func (c *storm) verdict(r linear.Report, a agreement) (int, string) {
	members := fmt.Sprintf("%s agree on %.8s at index %d", out.Count(uint64(a.nodes), "member"), a.hash, a.applied)
	code := failure.ExitOK
	var why []error
	add := func(with int, format string, args ...any) {
		why = append(why, fmt.Errorf(format, args...))
		if code != failure.ExitViolated {
			code = with
		}
	}
	ops := out.Count(uint64(r.Operations), "operation")
	if r.Verdict == linear.Violation {
		add(failure.ExitViolated, "%s are not linearizable", ops)
	}
	switch {
	case a.diverged:
		add(failure.ExitViolated, "the members have diverged: %s", a.seen)
	case !a.agreed:
		add(failure.ExitNoAnswer, "the members did not come together within %s: %s", patienceToAgree, a.seen)
	}
	switch {
	case r.Verdict == linear.Undecided:
		add(failure.ExitNoAnswer, "%s could not be checked within %s", ops, c.limit)
	case r.Operations < leastOps:
		add(failure.ExitNoAnswer, "%s prove nothing", ops)
	}
	if code == failure.ExitOK {
		return code, fmt.Sprintf("%d faults, %s are linearizable%s, %s", c.begun(), ops, unknowns(r), members)
	}
	text := ""
	for i, err := range why {
		if i > 0 {
			text += "; "
		}
		text += err.Error()
	}
	return code, text
}

// begun is how many faults have happened.
func (c *storm) begun() int {
	n := 0
	for _, s := range c.steps {
		if s.begun {
			n++
		}
	}
	return n
}
