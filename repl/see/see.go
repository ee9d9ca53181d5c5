// Package see holds the commands that show what the members of a cluster do among
// themselves: what has happened, their logs, who led when, and why. What is drawn, and
// what is said of it, are functions of what the members have told, in files of their own.
package see

import (
	"context"
	"iter"
	"time"

	"kv/client"
	"kv/repl/shell"
)

// Store is what the commands of this room ask of a cluster. Its errors are entries of
// kverr or wrap one. Members are named, or given by HOST:PORT.
type Store interface {
	// Members returns the member table.
	Members(ctx context.Context) (client.Membership, error)
	// Events reads what has happened at a member; see client.Client.Events.
	Events(ctx context.Context, member string, r client.EventsRequest) (iter.Seq2[client.EventPage, error], error)
	// Log reads entries of a member's log.
	Log(ctx context.Context, member string, r client.LogRequest) (client.Log, error)
	// Settings reads the rules of a member, of any for "".
	Settings(ctx context.Context, member string) (client.Settings, error)
	// Trace has a member note for a time what it does with log entries, or with 0 tells
	// what it has noted.
	Trace(ctx context.Context, member string, begin time.Duration) (client.Trace, error)
	// PutTraced and DeleteTraced write one key, as a put and a delete do.
	PutTraced(ctx context.Context, key string, value []byte) (client.Header, error)
	DeleteTraced(ctx context.Context, key string) (client.Header, error)
}

// Room returns the commands, which ask store.
func Room(store Store) shell.Room {
	v := rows{store}
	return shell.Room{Commands: v.commands()}
}

// rows are the commands with what they ask.
type rows struct{ store Store }

func (v rows) commands() []shell.Command {
	return append([]shell.Command{v.eventsRow(), v.logRow(), v.timelineRow(), v.whyRow(), v.raftRow()}, v.explainRows()...)
}

func (v rows) raftRow() shell.Command {
	return shell.Command{
		Name: "raft", Group: shell.GroupSee, Run: v.raft,
		Args:    []shell.Arg{{Name: "MEMBER", Kind: shell.KindMember, Optional: true}},
		Summary: "the settings in force at a member",
		Help: "Timeouts, rules of snapshots and history, limits and the version, as the\n" +
			"member works by them. MEMBER is a name, the beginning of one, or HOST:PORT.\n",
		Example: "raft n2",
	}
}
