package shell

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"

	"kv/repl/failure"
	"kv/repl/sink"
)

// SetPager has a pager show an answer that is longer than the screen, or no longer.
func (s *Session) SetPager(on bool) { s.unpaged = !on }

// Pager returns the command of the pager, "" if there is none.
func (s *Session) Pager() string {
	if s.unpaged {
		return ""
	}
	return pagerCommand()
}

// pagerCommand is the person's pager: one that is not there does not count, and a variable
// that is empty wants none.
func pagerCommand() string {
	if term := os.Getenv("TERM"); term == "" || term == "dumb" {
		return ""
	}
	candidates := []string{"less -FRX"}
	for _, name := range []string{"PAGER", "KV_PAGER"} {
		if command, ok := os.LookupEnv(name); ok {
			candidates = append(candidates, strings.TrimSpace(command))
		}
	}
	for i := len(candidates) - 1; i >= 0; i-- {
		words := strings.Fields(candidates[i])
		if len(words) == 0 {
			return ""
		}
		if _, err := exec.LookPath(words[0]); err == nil {
			return candidates[i]
		}
	}
	return ""
}

// paged runs a command with pages, unless it is a part of another one or has no end.
func (s *Session) paged(ctx context.Context, c *Command, a Args, run func() error) error {
	if s.nested > 1 || c.Endless && (c.Ends == nil || !c.Ends(a)) {
		return run()
	}
	return s.inPages(ctx, run)
}

// inPages has a pager show an answer that is too long for the screen of the person who has
// asked for it, at the prompt or by one command of their own shell.
func (s *Session) inPages(ctx context.Context, run func() error) error {
	typed := s.Human && s.Lend != nil && s.script.line == 0
	if !s.single && !typed || s.height == nil || s.height() == 0 || s.Pager() == "" {
		return run()
	}
	var err error
	s.lend(func() { err = s.intoPages(ctx, run) })
	return err
}

// intoPages has remarks shown in the pager, too, in their order, unless they go elsewhere.
func (s *Session) intoPages(ctx context.Context, run func() error) error {
	printer, reader := s.Printer, s.reader
	command := sink.Command{Text: s.Pager(), Out: beneath(s.Out), Err: beneath(s.Err)}
	pages := sink.NewPages(command.Out, s.Width(), s.height(), func() *sink.Program { return startPager(command) })
	paged := *printer
	if paged.Out = instead(printer.Out, pages); s.OneScreen {
		paged.Err = instead(printer.Err, pages)
	}
	s.Printer, s.reader = &paged, pages
	err := run()
	exit := pages.Close()
	s.Printer, s.reader = printer, reader
	s.SetFormat(paged.Format, paged.Hex) // `format` may have been the command
	if exit != nil && ctx.Err() == nil { // Ctrl-C ends a pager, too, or what started it
		s.Warn("the pager `%s`: %v; $PAGER names another, and `pager off` shows all without one", command.Text, exit)
	}
	if failure.IsStopped(err) { // it was left
		return nil
	}
	return err
}

// startPager starts a pager; nil if that fails. Options for less that keep colors and the
// screen are set as other programs do it, unless the person has some.
func startPager(c sink.Command) *sink.Program {
	if os.Getenv("LESS") == "" {
		c.Env = []string{"LESS=FRX"}
	}
	p, err := sink.Start(c)
	if err != nil {
		return nil
	}
	return p
}

// instead is w with another writer beneath the copies of it.
func instead(w, other io.Writer) io.Writer {
	if k, ok := w.(kept); ok {
		k.beneath = instead(k.beneath, other)
		return k
	}
	return other
}
