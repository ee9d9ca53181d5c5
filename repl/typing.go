package repl

import (
	"context"
	"os"

	"kv/repl/shell"
	"kv/repl/term"
)

// typing is the line editor of a session.
func typing(cfg Config, s *shell.Session, in, out *os.File) term.Config {
	c := shell.NewCompleter(s)
	return term.Config{
		In: in, Out: out, HistoryFile: cfg.HistoryFile, More: morePrompt, Unfinished: shell.Unfinished,
		Complete: func(before string) term.Completion { return completion(c.Complete(before)) },
		Hint:     c.Hint, Ghost: s.Typing.Ghost.Load,
		Color: useColor(cfg, cfg.Out),
	}
}

// completion is a completion in the editor's words.
func completion(c shell.Completion) term.Completion {
	found := term.Completion{Words: c.Words, Tails: c.Tails, Note: c.Note}
	if c.Fetch != nil {
		found.Fetch = func(ctx context.Context) term.Completion { return completion(c.Fetch(ctx)) }
	}
	return found
}
