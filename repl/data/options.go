package data

import (
	"context"

	"kv/client"
	"kv/repl/shell"
)

// A family of options stands beside the function that reads it.

// readOf gathers the options of a read; the member's name is completed.
func readOf(ctx context.Context, s *shell.Session, a shell.Args) (Read, error) {
	if a.Place() != "" {
		names, err := s.Asked(ctx, a)
		if err != nil {
			return Read{}, err
		}
		return Read{Stale: true, At: names[0], Look: true, Revision: a.Number("rev")}, nil
	}
	at, err := s.Member(ctx, a.Get("at"))
	return Read{Stale: a.Has("stale") || s.Level() == shell.Stale, At: at, Revision: a.Number("rev")}, err
}

// ifRevOption and prevOption are those of a write of one key.
func ifRevOption() shell.Option {
	return shell.Option{Name: "if-rev", Value: "REV", Kind: shell.KindNumber, Alone: true, Help: "only if the key's last change was at this revision, 0: if it is not there"}
}

func prevOption() shell.Option {
	return shell.Option{Name: "prev", Help: "show the key as it was before"}
}

func viaOption() shell.Option {
	return shell.Option{Name: "at", Value: "MEMBER", Kind: shell.KindMember, Alone: true, Help: "hand it to this member alone, which passes it on to the leader it knows"}
}

// writeOf gathers the options of a write; writeAt also the member, whose name is completed.
func writeAt(ctx context.Context, s *shell.Session, a shell.Args) (w Write, err error) {
	w = writeOf(a)
	w.At, err = s.Member(ctx, a.Get("at"))
	return w, err
}

func writeOf(a shell.Args) Write {
	w := Write{Prev: a.Has("prev"), Lease: client.LeaseID(a.Number("lease")), TTL: a.Duration("ttl")}
	if a.Has("if-rev") || a.Has("if-absent") {
		rev := a.Number("if-rev")
		w.IfRevision = &rev
	}
	return w
}
