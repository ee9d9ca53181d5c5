package repl

import (
	"context"

	"kv/repl/shell"
)

// Suggestion is a word that may stand in a place of a command.
type Suggestion = shell.Suggestion

// Suggest returns the words that may follow words, which are split already, and begin with
// part: for the completion of the operating system's shell. It ends soon after ctx does.
func Suggest(ctx context.Context, cfg Config, words []string, part string) []Suggestion {
	s := newSession(cfg, false)
	defer s.Close()
	return s.Suggest(ctx, words, part)
}
