package shell

// Level is how reads are made that do not say it themselves.
type Level string

// The levels of reads.
const (
	// Linearizable reads see every write that was answered before them.
	Linearizable Level = "linearizable"
	// Stale reads see at once what one member has, which may be old.
	Stale Level = "stale"
)

// Level returns the level of reads that do not say it themselves.
func (s *Session) Level() Level {
	if s.level == "" {
		return Linearizable
	}
	return s.level
}

// SetLevel sets it for the commands to come.
func (s *Session) SetLevel(l Level) { s.level = l }

// ReadMode is what the prompt says of the level, "" for the default.
func (s *Session) ReadMode() string {
	if s.Level() == Linearizable {
		return ""
	}
	return string(s.level)
}
