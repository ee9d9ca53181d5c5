// Package cluster holds the commands that deal with the members of a cluster: who they
// are, how they do, and who comes, goes and leads.
package cluster

import (
	"context"

	"kv/client"
	"kv/repl/shell"
)

// Store is what the commands of this room ask of a cluster. Its errors are entries of
// kverr or wrap one. Methods may be called from several goroutines: the prompt and the
// completion ask beside the command that runs.
type Store interface {
	// Members returns the member table.
	Members(ctx context.Context) (client.Membership, error)
	// Status asks one member, by name or HOST:PORT; "" asks any.
	Status(ctx context.Context, member string) (client.Status, error)
	// Health returns the cluster at a glance.
	Health(ctx context.Context) (client.Health, error)
	// AddMember invites the node at a client address.
	AddMember(ctx context.Context, address string) (client.Member, error)
	// RemoveMember removes a member by name.
	RemoveMember(ctx context.Context, name string) (client.Member, error)
	// TransferLeadership hands leadership to a member, or with "" to any.
	TransferLeadership(ctx context.Context, name string) (client.Leader, error)
	// Snapshot has a member, named as in Status, make a snapshot of its state and leave
	// keep entries of its log, or with 0 as many as it likes.
	Snapshot(ctx context.Context, member string, keep uint64) (client.SnapshotResult, error)
}

// Room returns the commands, which ask store.
func Room(store Store) shell.Room {
	c := rows{store}
	return shell.Room{Commands: c.commands(), Words: map[*shell.Kind]shell.Words{shell.KindMember: c.memberWords}, Voters: c.voters}
}

// rows are the commands with what they ask.
type rows struct{ store Store }

func (c rows) commands() []shell.Command {
	return []shell.Command{
		{
			Name: "leader", Group: shell.GroupCluster, Run: c.leader,
			Summary: "who leads, and where",
			Help:    "Prints the leader's name, client address and term.\n",
			Example: "leader",
		},
		{
			Name: "members", Group: shell.GroupCluster, Run: c.members,
			Summary: "the members and how they do",
			Help: "APPLIED is the last log entry a member has in its state, BEHIND how many\n" +
				"committed ones it lacks, CONTACT how long ago the leader heard from it. STATE:\n" +
				"  ok         it answers, and the leader hears from it\n" +
				"  cut off    it answers, but the leader does not hear from it\n" +
				"  no answer  the leader hears from it, but this client does not\n" +
				"  down       nobody hears from it\n",
			Example: "members",
		},
		{
			Name: "status", Group: shell.GroupCluster, Run: c.status, Places: true, Check: oneWho,
			Args:    []shell.Arg{{Name: "MEMBER", Kind: shell.KindMember, Optional: true}},
			Summary: "what one member tells about itself",
			Help:    "MEMBER is a name, the beginning of one, or HOST:PORT. @all shows each of them.\n",
			Example: "status n2",
		},
		{
			Name: "join", Group: shell.GroupCluster, Writes: true, Run: c.join,
			Args:    []shell.Arg{{Name: "ADDRESS"}},
			Summary: "take in the node at a client address",
			Help: "The node must run and belong to no cluster. It comes in as a learner, which\n" +
				"has no vote, and becomes a voter once it has caught up.\n",
			Example: "join localhost:8083",
		},
		{
			Name: "remove", Group: shell.GroupCluster, Writes: true, Run: c.remove, Confirm: c.confirmRemove,
			Args:    []shell.Arg{{Name: "NAME", Kind: shell.KindMember}},
			Options: []shell.Option{{Name: "y", Help: "do not ask, nor refuse in a script what would lose the quorum"}},
			Summary: "take a member out for good",
			Help: "At the prompt you are told first what it means for the quorum, and asked. The\n" +
				"cluster refuses what would leave it without a majority, whatever you say.\n",
			Example: "remove n3",
		},
		{
			Name: "transfer", Group: shell.GroupCluster, Writes: true, Run: c.transfer, Confirm: c.confirmTransfer,
			Args:    []shell.Arg{{Name: "NAME", Kind: shell.KindMember, Optional: true}},
			Options: []shell.Option{{Name: "y", Help: "do not ask where it is likely to fail"}},
			Summary: "hand over leadership",
			Help:    "Without NAME the leader chooses the member that is nearest to it.\n",
			Example: "transfer n2",
		},
		c.snapshotRow(),
	}
}

// memberWords finds the names of the members.
func (c rows) memberWords(ctx context.Context, _ string) ([]string, error) {
	m, err := c.store.Members(ctx)
	if err != nil {
		return nil, err
	}
	return m.Names(), nil
}
