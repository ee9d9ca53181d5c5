package repl

// Manual explains a command as a manual does, and returns an exit code. cfg needs no
// Store.
func Manual(cfg Config, words []string) int {
	s := newSession(cfg, false)
	defer s.Close()
	if err := s.Manual(words); err != nil {
		return s.Fail(err)
	}
	return ExitOK
}
