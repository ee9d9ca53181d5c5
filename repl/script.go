package repl

import (
	"context"
	"io"
)

// RunScript executes the commands of r, which are separated by newlines or
// semicolons. It stops at the first that fails unless cfg.KeepGoing is set.
// Commands are executed as their lines arrive, so that r may be a conversation.
// cfg.Startup, if there is one, is executed before them.
func RunScript(ctx context.Context, cfg Config, r io.Reader) int {
	s := newSession(cfg, cfg.Echo)
	defer s.Close()
	if cfg.Startup != "" {
		if err := s.Source(ctx, cfg.Startup, nil, false); err != nil {
			return s.Fail(err)
		}
	}
	s.NameScript(cfg.ScriptFile, cfg.ScriptArgs)
	code := s.Play(ctx, r)
	if cfg.Verdict {
		s.Tell()
	}
	return code
}
