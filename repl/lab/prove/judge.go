package prove

import (
	"context"
	"fmt"
	"strings"
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
	report, err := judge(ctx, l.history.Check, c.limit)
	if err != nil {
		return err
	}
	load := l.meter.read(time.Now(), false)
	if err := savePicture(s, report, c.picture); err != nil {
		return err
	}
	code, text := c.verdict(report, together, broken)
	text = verdictWords[code] + "  " + text + "; again with: " + c.String()
	record := append(out.Record{out.Text("verdict", strings.ToLower(verdictWords[code])), out.Text("again", c.String()), out.Uint("faults", c.begun()),
		out.Object("load", load.record()), out.Object("history", verdictRecord(report))}, together.record()...)
	if err := s.One(record, func() error { return c.text(load, report) }); err != nil {
		return err
	}
	switch {
	case code != failure.ExitOK:
		return &failure.VerdictError{Code: code, Text: text}
	case s.ForPrograms():
		return nil
	default:
		return s.Line("verdict", s.Ink.Good.Sprint("PASS")+strings.TrimPrefix(text, "PASS"))
	}
}

// verdictWords are what the exit codes of a storm say.
var verdictWords = map[int]string{failure.ExitOK: "PASS", failure.ExitViolated: "FAIL", failure.ExitNoAnswer: "CANNOT SAY"}

// text shows what the load was and what violates, before the verdict.
func (c *storm) text(load reading, report linear.Report) error {
	if err := readings.One(c.session.Printer, load); err != nil || report.Verdict != linear.Violation {
		return err
	}
	return showOffending(c.session, report)
}

// verdict returns the exit code of a storm and its reasons.
func (c *storm) verdict(r linear.Report, a agreement, broken error) (int, string) {
	members := fmt.Sprintf("%s with one state, %.8s at index %d", out.Count(uint64(a.nodes), "member"), a.hash, a.applied)
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
	if broken != nil {
		add(failure.ExitNoAnswer, "%w", broken)
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
