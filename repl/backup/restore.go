package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"kv/client/backup"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func (r rows) restoreRow() shell.Command {
	return shell.Command{
		Name: "restore", Group: shell.GroupData, Run: r.restore, Endless: true, Writes: true,
		Args: []shell.Arg{{Name: "FILE", Kind: shell.KindFile}},
		Options: []shell.Option{{Name: "dry-run", Help: "only show what would be changed; in a script a line a key"},
			{Name: "y", Help: "do not ask"}},
		Summary: "make the keys as a `backup` has them",
		Help: "First all of FILE is checked, and compared with the keys in its range; other keys\n" +
			"are not touched. Only what differs is put or deleted, by writes at new revisions,\n" +
			"and a key that hangs on a lease is left alone. Up to 64 keys are one transaction;\n" +
			"beyond that, others see the restore under way. What somebody else changes after\n" +
			"the comparison stays as they made it and is told of, with exit code 1. If it is\n" +
			"cut off, the same again goes on from there.\n",
		Example: "restore users.kv -dry-run",
	}
}

func (r rows) restore(ctx context.Context, s *shell.Session, a shell.Args) (err error) {
	store, name := r.at(s), a.Get("FILE")
	p, err := planOf(ctx, s, store, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if a.Has("dry-run") {
		return preview(s, name, p)
	}
	if s.Ask != nil && !a.Has("y") && p.Changes() > 0 {
		if err := show(s, name, p); err != nil {
			return err
		}
		if !s.Sure(fmt.Sprintf("restore %s?", out.Count(p.Changes(), "key"))) {
			return nil
		}
	}
	shown := newProgress(s)
	defer shown.close()
	done, err := p.Apply(ctx, store, func(r backup.Result) {
		shown.tell(func() string { return fmt.Sprintf("%d of %s restored", r.Done(), out.Count(p.Changes(), "key")) })
	})
	shown.close()
	if err != nil {
		return cutOff(err, name, p, done)
	}
	tell(s, p, done)
	return spared(name, done)
}

// planOf reads a file and compares it with the store.
func planOf(ctx context.Context, s *shell.Session, store Store, name string) (*backup.Plan, error) {
	file, err := os.Open(name)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, failure.Usagef("restore %s: %v", syntax.Quote(name), err)
	}
	defer file.Close()
	shown := newProgress(s)
	defer shown.close()
	p, err := backup.NewPlan(ctx, store, file, func(keys uint64) {
		shown.tell(func() string { return out.Count(keys, "key") + " compared" })
	})
	for _, bad := range []error{backup.ErrNoBackup, backup.ErrNewer, backup.ErrDamaged} {
		if errors.Is(err, bad) {
			return nil, fmt.Errorf("%s: %w; nothing was changed", syntax.Quote(name), err)
		}
	}
	return p, err
}

// tell says what was done.
func tell(s *shell.Session, p *backup.Plan, r backup.Result) {
	words := countWords(r.Put, r.Delete, p.Same, p.Leased)
	if r.Changed > 0 {
		words += fmt.Sprintf("  %d changed meanwhile", r.Changed)
	}
	s.OK(r.Header, words, append(countFields(r.Put, r.Delete, p.Same, p.Leased), out.Uint("changed_meanwhile", r.Changed))...)
}

func countWords(put, deleted, same, leased uint64) string {
	words := fmt.Sprintf("%d put  %d deleted  %d the same", put, deleted, same)
	if leased > 0 {
		words += fmt.Sprintf("  %d left alone", leased)
	}
	return words
}

func countFields(put, deleted, same, leased uint64) out.Record {
	return out.Record{out.Uint("put", put), out.Uint("deleted", deleted), out.Uint("same", same), out.Uint("left_alone", leased)}
}

// spared is the error for keys that somebody else has changed meanwhile.
func spared(name string, r backup.Result) error {
	if r.Changed == 0 {
		return nil
	}
	return fmt.Errorf("%s changed by others meanwhile and left so: %s; `restore %s` again restores them, too",
		out.Plural(r.Changed, "key was", "keys were"), shell.SomeKeys(r.Named, uint64(len(r.Named)) < r.Changed), syntax.Quote(name))
}

// cutOff is an error with how far the restore has come, if it has.
func cutOff(err error, name string, p *backup.Plan, r backup.Result) error {
	if r.Done() == 0 && r.Unknown == 0 {
		return err
	}
	done := fmt.Sprintf("%d of %s restored", r.Done(), out.Count(p.Changes(), "key"))
	if r.Unknown > 0 {
		done += fmt.Sprintf(", of %d more nobody knows", r.Unknown)
	}
	return &failure.PartError{Err: err, Done: done + fmt.Sprintf("; `restore %s` again goes on from there", syntax.Quote(name))}
}
