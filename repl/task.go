package repl

import (
	"context"

	"kv/repl/shell"
	"kv/repl/term"
)

// RunCommand executes one command whose words are split already.
func RunCommand(ctx context.Context, cfg Config, words []string) int {
	s := newSingle(cfg)
	defer s.Close()
	return s.PlayCommand(ctx, words)
}

// RunTask executes what is no command of the shell but answers as one: in the format of
// cfg, with the same words for what goes wrong, and the exit code of it. cfg needs no Store.
func RunTask(ctx context.Context, cfg Config, do func(*shell.Session) error) int {
	s := newSingle(cfg)
	defer s.Close()
	return s.PlayTask(ctx, do)
}

// Manual explains a command as a manual does. cfg needs no Store.
func Manual(ctx context.Context, cfg Config, words []string) int {
	return RunTask(ctx, cfg, func(s *shell.Session) error { return s.Manual(words) })
}

// newSingle makes the session of one command of the operating system's shell.
func newSingle(cfg Config) *shell.Session {
	s := newSession(cfg, false)
	s.OneScreen = term.Is(cfg.Err)
	return s
}
