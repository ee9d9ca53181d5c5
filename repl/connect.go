package repl

import (
	"context"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// kindCluster is a cluster, of which some have names.
var kindCluster = &shell.Kind{}

// connectRoom is the command that deals with the Store as a whole. named returns the
// clusters that have names; nil if none has.
func connectRoom(store Store, named func() []string) shell.Room {
	words := func(context.Context, string) ([]string, error) {
		if named == nil {
			return nil, nil
		}
		return named(), nil
	}
	return shell.Room{Words: map[*shell.Kind]shell.Words{kindCluster: words}, Commands: []shell.Command{{
		Name: "connect", Group: shell.GroupShell,
		Args:    []shell.Arg{{Name: "CLUSTER", Kind: kindCluster}},
		Summary: "go on with another cluster",
		Help: "CLUSTER is HOST:PORT of members, with commas between them, or the name of a\n" +
			"context (`kv context list`). Where nobody answers the shell stays where it is.\n" +
			"What `check` looks at begins anew.\n",
		Example: "connect localhost:8080,localhost:8081",
		Run: func(ctx context.Context, s *shell.Session, a shell.Args) error {
			if s.Goes("load") {
				return failure.Usagef("a load runs on this cluster; end it first: load stop")
			}
			h, err := store.Connect(ctx, a.Get("CLUSTER"))
			if err != nil {
				return err
			}
			record := out.Record{out.Text("cluster", h.ClusterName), out.Bool("quorum", h.Quorum), out.Uint("reachable_voters", h.Reachable), out.Uint("voters", h.Voters)}
			if h.Leader != nil {
				record = append(record, out.Text("leader", h.Leader.Name), out.Text("leader_address", h.Leader.Address))
			}
			return s.One(record, func() error { return s.Line("answer", welcomeState(h, nil)) })
		},
	}}}
}
