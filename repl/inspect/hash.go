package inspect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) hashRow() shell.Command {
	return shell.Command{
		Name: "hash", Group: shell.GroupCluster, Run: r.hash, Places: true, Together: true, Check: notBoth,
		Args:    memberArg(),
		Summary: "the hash of a member's whole state",
		Help: "Members that have applied the same entries of the log have the same hash. With\n" +
			"@all they are compared at one entry, which is waited for, and the exit code is 7\n" +
			"unless all of them answer, so that `expect hash @all` holds if all agree; `diff`\n" +
			"shows which keys differ. It reads the whole store: a second for a million keys.\n",
		Example: "hash @all",
	}
}

// errDiffer: members have different states at the same place of the log.
var errDiffer = errors.New("the members have different states after the same entry: this must never happen; stop the cluster, keep the data folders, and look with `diff` which keys differ")

type hashAnswer = shell.Answer[client.StateHash]

func (r rows) hash(ctx context.Context, s *shell.Session, a shell.Args) error {
	members, err := asked(ctx, s, a, anyMember)
	if err != nil {
		return err
	}
	if len(members) == 1 {
		h, err := r.store.StateHash(ctx, members[0], 0)
		if err != nil {
			return err
		}
		return hashes(s).One(s.Printer, hashAnswer{Member: h.Member, Value: h})
	}
	answers := r.together(ctx, members)
	if err := hashes(s).All(s.Printer, answers); err != nil {
		return err
	}
	return hashVerdict(s, answers)
}

// hashes is how hashes of members are shown.
func hashes(s *shell.Session) out.View[hashAnswer] {
	return out.View[hashAnswer]{Record: hashRecord, Head: []string{"MEMBER", "INDEX", "REVISION", "HASH"},
		Cells: func(a hashAnswer) []out.Cell {
			name := out.Inked(a.Member, s.Ink.Strong)
			if a.Err != nil {
				return []out.Cell{name, out.Plain("-"), out.Plain("-"), out.Inked(failure.Brief(a.Err), s.Ink.Bad)}
			}
			return []out.Cell{name, out.Number(a.Value.Index), out.Number(a.Value.Revision), out.Plain(a.Value.Hash)}
		}}
}

func hashRecord(a hashAnswer) out.Record {
	told := a.Err == nil
	return out.Record{out.Text("member", a.Member), out.Uint("index", a.Value.Index).If(told), out.Uint("revision", a.Value.Revision).If(told),
		out.Text("hash", a.Value.Hash), out.Text("error", failure.Brief(a.Err))}
}

// hashVerdict says whether those that answered agree. Without an answer, and where they
// are at different entries, it cannot be said.
func hashVerdict(s *shell.Session, answers []hashAnswer) error {
	all := values(answers)
	switch {
	case len(all) == 0:
		return answers[0].Err
	case !oneIndex(all):
		return cannotSay("they were never at the same entry while they were asked; try again when less is written")
	}
	for _, h := range all[1:] {
		if h.Hash != all[0].Hash {
			return errDiffer
		}
	}
	if len(all) < len(answers) {
		return cannotSay("%d of %s have one state at entry %d; of the others nobody can say", len(all), out.Count(uint64(len(answers)), "member"), all[0].Index)
	}
	if len(answers) > 1 {
		s.Note("%s agree at entry %d", out.Count(uint64(len(all)), "member"), all[0].Index)
	}
	return nil
}

// cannotSay is the error that nobody knows whether the members agree.
func cannotSay(format string, args ...any) error {
	return &failure.VerdictError{Code: failure.ExitNoAnswer, Text: fmt.Sprintf(format, args...)}
}

func oneIndex(all []client.StateHash) bool {
	for _, h := range all {
		if h.Index != all[0].Index {
			return false
		}
	}
	return true
}

// aims are how far ahead of the members the entry is at which they are compared: none
// on a cluster at rest, and further on a busy one, whose members would pass it before
// all are asked.
var aims = []uint64{0, 100, 1000, 10_000, 100_000}

// aimWait bounds one aim: on a cluster that comes to rest an entry ahead never comes.
const aimWait = time.Second

// together asks all members for their state after the same entry, and tries until they
// answer for the same one.
func (r rows) together(ctx context.Context, members []string) (answers []hashAnswer) {
	for _, aim := range aims {
		answers = r.aimed(ctx, members, aim)
		if len(values(answers)) == 0 && aim > 0 { // it has come to rest meanwhile
			answers = r.aimed(ctx, members, 0)
		}
		if all := values(answers); len(all) > 0 && oneIndex(all) || ctx.Err() != nil {
			break
		}
	}
	return answers
}

// aimed asks for the entry that is aim after the last one that any member has applied.
func (r rows) aimed(ctx context.Context, members []string, aim uint64) []hashAnswer {
	var index uint64
	for _, a := range shell.AskEach(ctx, members, r.store.Status) {
		index = max(index, a.Value.AppliedIndex)
	}
	if aim > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, aimWait)
		defer cancel()
	}
	return shell.AskEach(ctx, members, func(ctx context.Context, m string) (client.StateHash, error) {
		return r.store.StateHash(ctx, m, index+aim)
	})
}

func values(answers []hashAnswer) (all []client.StateHash) {
	for _, a := range answers {
		if a.Err == nil {
			all = append(all, a.Value)
		}
	}
	return all
}
