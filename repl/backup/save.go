package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kv/client"
	"kv/client/backup"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) backupRow() shell.Command {
	return shell.Command{
		Name: "backup", Group: shell.GroupData, Run: r.backup, Check: checkBackup, Endless: true, Writes: true,
		Args: []shell.Arg{{Name: "FILE", Kind: shell.KindFile}, {Name: "PREFIX", Kind: shell.KindKey, Optional: true}},
		Options: slices.Concat(shell.RangeOptions(), []shell.Option{shell.RevOption()}, shell.ReadOptions(),
			[]shell.Option{{Name: "force", Help: "write over a file that is there"}}),
		Summary: "write keys into a file, for `restore`",
		Help: "All keys, those that begin with PREFIX, or those -from one -to another, as they\n" +
			"are at one revision. The file is text: a line of JSON a key, sorted, and a\n" +
			"checksum. Nobody else may read it, and it is there once it is whole. Keys that\n" +
			"hang on a lease are left out: they live as long as their owner keeps them. With\n" +
			"-stale it is what one member has, for when a majority is lost. A `snapshot` is\n" +
			"something else: a member's own, by which it shortens its log.\n",
		Example: "backup users.kv user/",
	}
}

func checkBackup(c *shell.Command, a shell.Args) error { return shell.CheckRange(c, a, "PREFIX") }

func (r rows) backup(ctx context.Context, s *shell.Session, a shell.Args) (err error) {
	at, err := s.Member(ctx, a.Get("at"))
	if err != nil {
		return err
	}
	f, err := create(a.Get("FILE"), a.Has("force"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.drop()) }()
	show := newProgress(s)
	defer show.close()
	sum, err := backup.Write(ctx, r.at(s), f, backup.Options{Keys: shell.KeysOf(a, "PREFIX"), Time: s.Now(),
		Read: backup.Read{Revision: a.Number("rev"), Stale: a.Has("stale"), At: at},
		Progress: func(keys uint64) {
			show.tell(func() string { return out.Count(keys, "key") + " written" })
		}})
	if err != nil {
		return err
	}
	if err := f.keep(); err != nil {
		return err
	}
	show.close()
	saved(s, f, sum)
	return nil
}

// saved says what was written.
func saved(s *shell.Session, f *file, sum backup.Summary) {
	if sum.StaleAt != "" {
		s.Warn("this is what %s has, which may be old", sum.StaleAt)
	}
	words := fmt.Sprintf("%s  %s", out.Count(sum.Count, "key"), out.Size(f.size))
	if sum.Leased > 0 {
		words += fmt.Sprintf("  %d left out", sum.Leased)
	}
	s.OK(client.Header{Revision: sum.Revision}, words, out.Text("file", f.name), out.Uint("keys", sum.Count),
		out.Uint("left_out", sum.Leased), out.Uint("bytes", f.size), out.Text("stale_at", sum.StaleAt))
	if sum.Leased > 0 && s.ForPeople() {
		s.Note("what hangs on a lease is left out: it lives as long as its owner keeps it")
	}
}
