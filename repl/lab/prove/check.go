package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kv/client/linear"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// runCheck checks what was seen so far.
func (r *rows) runCheck(ctx context.Context, s *shell.Session, a shell.Args) error {
	look := r.cfg.History.Check
	if a.Has("without-stale") {
		look = r.cfg.History.CheckFresh
	}
	report, err := judge(ctx, look, within(a))
	if err != nil {
		return err
	}
	if report.Operations == 0 {
		return &failure.VerdictError{Code: failure.ExitNoAnswer,
			Text: "there is nothing to check yet: put and get something, or start a load with: load 500/s"}
	}
	if err := savePicture(s, report, a.Get("o")); err != nil {
		return err
	}
	return verdict(s, report, within(a))
}

func within(a shell.Args) time.Duration {
	if a.Has("within") {
		return a.Duration("within")
	}
	return defaultPatient
}

// judge lets a check look for a limited time. The error is that the person gave up.
func judge(ctx context.Context, look func(context.Context) linear.Report, limit time.Duration) (linear.Report, error) {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	report := look(bounded)
	if ctx.Err() != nil && report.Verdict == linear.Undecided {
		return report, &failure.VerdictError{Code: failure.ExitNoAnswer, Text: "stopped before there was a verdict"}
	}
	return report, nil
}

// verdict tells what a report says, and returns an error unless it says yes.
func verdict(s *shell.Session, r linear.Report, limit time.Duration) error {
	what := fmt.Sprintf("%s on %s", out.Count(uint64(r.Operations), "operation"), out.Count(uint64(r.Keys), "key"))
	switch r.Verdict {
	case linear.Linearizable:
		took := s.Took()
		return s.One(append(verdictRecord(r), out.Duration("took", took)), func() error {
			return s.Line("verdict", s.Ink.Good.Sprint("linearizable")+"  "+what+unknowns(r)+", checked in "+out.Millis(took))
		})
	case linear.Undecided:
		return &failure.VerdictError{Code: failure.ExitNoAnswer, Text: fmt.Sprintf(
			"cannot say within %s: %s are too many that overlap, or too many of unknown outcome; give it more time with -within", limit, what)}
	}
	if err := s.One(verdictRecord(r), func() error { return showOffending(s, r) }); err != nil {
		return err
	}
	text := "NOT LINEARIZABLE  " + what + unknowns(r)
	if r.StaleOnly {
		text += "\nonly stale reads violate it, which promise no more; without them it is linearizable: check -without-stale"
	}
	return &failure.VerdictError{Text: text, Code: failure.ExitViolated}
}

// verdictRecord is a report for programs.
func verdictRecord(r linear.Report) out.Record {
	offending := r.Verdict == linear.Violation
	return out.Record{out.Text("verdict", string(r.Verdict)), out.Uint("operations", r.Operations), out.Uint("keys", r.Keys), out.Uint("unknown", r.Unknown),
		out.Bool("stale_only", r.StaleOnly), out.Key("key", r.Key).If(offending), out.Text("before", r.Before),
		out.Records("offending", r.Offending, opRecord(r.Offending)).If(offending)}
}

func unknowns(r linear.Report) string {
	if r.Unknown == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of unknown outcome)", r.Unknown)
}

// savePicture writes porcupine's page, if a file was named.
func savePicture(s *shell.Session, r linear.Report, file string) error {
	if file == "" || r.Verdict == linear.Undecided {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	if err := errors.Join(r.Picture(f), f.Close()); err != nil {
		return err
	}
	if full, err := filepath.Abs(file); err == nil {
		file = full
	}
	s.Note("picture: %s", file)
	return nil
}
