package shell

// Options that several rooms have. Those of a range are in range.go.

// ReadOptions are those of every command that reads keys.
func ReadOptions() []Option {
	return []Option{
		{Name: "stale", Alone: true, Help: "read at once from one member; the answer may be old"},
		{Name: "at", Value: "MEMBER", Kind: KindMember, Alone: true, Help: "ask this member, by name or HOST:PORT"},
	}
}

// RevOption reads what was there before.
func RevOption() Option {
	return Option{Name: "rev", Value: "REV", Kind: KindPositive, Alone: true, Help: "read what was there at this revision"}
}
