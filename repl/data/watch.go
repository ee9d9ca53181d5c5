package data

import (
	"context"
	"iter"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func (d rows) watchRow() shell.Command {
	options := append([]shell.Option{{Name: "prefix", Help: "watch all keys that begin with KEY"}}, shell.RangeOptions()...)
	return shell.Command{
		Name: "watch", Group: shell.GroupData, Endless: true, Run: d.watch, Check: checkWatch,
		Args: []shell.Arg{{Name: "KEY", Kind: shell.KindKey, Optional: true}},
		Options: append(options,
			shell.Option{Name: "from-rev", Value: "REV", Kind: shell.KindPositive, Help: "begin with the changes of this revision"},
			shell.Option{Name: "prev", Help: "show the keys as they were before, too"},
			shell.Option{Name: "keys", Help: "leave out the values"},
			shell.Option{Name: "no-puts", Help: "leave out what was put"},
			shell.Option{Name: "no-deletes", Help: "leave out what was deleted"},
			shell.Option{Name: "count", Value: "N", Kind: shell.KindPositive, Help: "end after N changes"},
			shell.Option{Name: "progress", Value: "TIME", Kind: shell.KindDuration, Help: "tell how far it has come when nothing happens for so long"},
			shell.Option{Name: "stale", Help: "begin after what one member has, without asking the leader"},
			shell.Option{Name: "at", Value: "MEMBER", Kind: shell.KindMember, Help: "ask this member, by name or HOST:PORT"},
		),
		Summary: "show changes as they come",
		Help: "Watches one key, those that begin with KEY, those -from one key -to another,\n" +
			"or all, until Ctrl-C. Every change is shown, in order and once. In a script\n" +
			"each line is PUT, the revision, the key and the value, or DELETE, the revision\n" +
			"and the key, with tabs between them; with -prev a line PREV follows. With\n" +
			"-progress a line PROGRESS has the revision up to which all has been shown.\n",
		Example: "watch user/ -prefix -count 10",
	}
}

// minProgress is the shortest time after which a member tells that nothing happened.
const minProgress = 100 * time.Millisecond

func checkWatch(c *shell.Command, a shell.Args) error {
	switch {
	case a.Has("prefix") && !a.Has("KEY"):
		return c.Misuse("-prefix wants a KEY, with which the keys begin")
	case a.Has("KEY") && a.Get("KEY") == "" && !a.Has("prefix"):
		return c.Misuse("the key is empty; without a KEY all keys are watched")
	case a.Has("no-puts") && a.Has("no-deletes"):
		return c.Misuse("-no-puts and -no-deletes leave nothing to show")
	case a.Has("progress") && a.Duration("progress") < minProgress:
		return c.Misuse("-progress wants %v or more, not %v", minProgress, a.Duration("progress"))
	}
	return shell.CheckRange(c, a, "KEY")
}

// watched returns the keys to watch, and what they are in words.
func watched(a shell.Args) (client.Range, string) {
	if key := a.Get("KEY"); a.Has("KEY") && !shell.Many(a) {
		return only(key), syntax.Quote(key)
	}
	keys := shell.KeysOf(a, "KEY")
	if keys == (client.Range{}) {
		return keys, "all keys"
	}
	return keys, "the keys " + shell.RangeText(keys)
}

func (d rows) watch(ctx context.Context, s *shell.Session, a shell.Args) error {
	at, err := s.Member(ctx, a.Get("at"))
	if err != nil {
		return err
	}
	keys, words := watched(a)
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := d.openWatch(watching, cancel, s.Timeout(), keys, WatchRequest{From: a.Number("from-rev"), Prev: a.Has("prev"),
		KeysOnly: a.Has("keys"), NoPuts: a.Has("no-puts"), NoDeletes: a.Has("no-deletes"),
		Stale: a.Has("stale") || s.Level() == shell.Stale, Progress: a.Duration("progress"), At: at})
	if err != nil {
		return watchEnd(ctx, s, err, tally{})
	}
	if s.ForPeople() {
		s.Note("watching %s; Ctrl-C ends it", words)
	}
	t, shown := tally{most: a.Number("count")}, changeView(s, a).Follow(s.Printer)
	for batch, err := range changes {
		if err == nil {
			err = showChanges(shown, batch, &t)
		}
		if err != nil || t.full() {
			return watchEnd(ctx, s, err, t)
		}
	}
	return watchEnd(ctx, s, ctx.Err(), t)
}

// openWatch gives the beginning of a watch the time of other commands, wait: nobody shall
// wait for changes where there is no member to tell of them. It calls cancel if that
// time is over.
func (d rows) openWatch(ctx context.Context, cancel context.CancelFunc, wait time.Duration, keys client.Range, w WatchRequest) (iter.Seq2[client.Changes, error], error) {
	late := time.AfterFunc(wait, cancel)
	changes, err := d.store.Watch(ctx, keys, w)
	if late.Stop() {
		return changes, err
	}
	if err == nil { // it came at the last moment; leaving it ends it
		for range changes {
			break
		}
	}
	return nil, kverr.ErrTimeout
}

// only is the range of one key.
func only(key string) client.Range { return client.Range{From: key, To: key + "\x00"} }
