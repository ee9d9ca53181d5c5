package shell

import (
	"context"
	"slices"
	"time"

	"kv/repl/quorum"
)

// Voters finds the members as far as a majority is concerned.
type Voters func(ctx context.Context) ([]quorum.Member, error)

// votersWait bounds the look at the members before a node is harmed: it is not worth more.
const votersWait = 500 * time.Millisecond

// Nodes are those of a playground.
type Nodes interface {
	// Names returns the names of all nodes, sorted, running or not.
	Names() []string
	// Describe tells about a node: its state in a word ("running", "stopped"), its
	// addresses HOST:PORT and its data folder.
	Describe(name string) (state, kvAddress, raftAddress, dataDir string)
	// Divided returns the groups of nodes that do not hear each other by a partition or an
	// isolation; all that are in none hear one another.
	Divided() [][]string
}

// Harm is what a command of a playground is about to do to nodes.
type Harm struct {
	// Nodes say who runs: of one that has just stopped the cluster may not know yet.
	Nodes Nodes
	// Mends: who is out of reach now may not be then.
	Mends bool
	// Effect is what it comes to; false for nothing.
	Effect func(members []quorum.Member) (quorum.Effect, bool)
}

// LossOf is the harm of losing a node.
func LossOf(name string, nodes Nodes) Harm {
	return Harm{Nodes: nodes, Effect: func(members []quorum.Member) (quorum.Effect, bool) {
		return quorum.Lose(members, name, nodes.Divided())
	}}
}

// up reports whether a node runs. Of one that is none of the playground's nobody says that
// it does not.
func (h Harm) up(name string) bool {
	state, _, _, _ := h.Nodes.Describe(name)
	return state == "running" || !slices.Contains(h.Nodes.Names(), name)
}

// Foresee tells what harm means for the quorum; false if there is no person to know of it,
// or nobody can say.
func (s *Session) Foresee(ctx context.Context, h Harm) (quorum.Effect, bool) {
	if s.Ask == nil || s.voters == nil {
		return quorum.Effect{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, votersWait)
	defer cancel()
	members, err := s.voters(ctx)
	if err != nil {
		return quorum.Effect{}, false
	}
	// Without a leader nobody knows more than that a node runs. Nor is one to be believed that
	// has only just been cut off, and may be one of a minority.
	known := !h.Mends && len(h.Nodes.Divided()) == 0 && slices.ContainsFunc(members, func(m quorum.Member) bool { return m.Leads })
	for i, m := range members {
		members[i].Answers = (m.Answers || !known) && h.up(m.Name)
	}
	return h.Effect(members)
}

// ConfirmLoss is a Confirm of harm: it asks only where the quorum would be lost, unless
// the option y was given. A playground is there to play with.
func (s *Session) ConfirmLoss(ctx context.Context, a Args, h Harm, question string) string {
	if a.Has("y") {
		return ""
	}
	e, ok := s.Foresee(ctx, h)
	if !ok || !e.Loses() {
		return ""
	}
	s.Warn("%s", e.Text)
	return question
}

// Inflict does harm, and tells a person what the quorum is then.
func (s *Session) Inflict(ctx context.Context, h Harm, do func() error) error {
	e, foreseen := s.Foresee(ctx, h)
	if err := do(); err != nil {
		return err
	}
	if foreseen && s.Human {
		s.Note("%s", e.After)
	}
	return nil
}

// YesOption skips the question of ConfirmLoss.
func YesOption() Option { return Option{Name: "y", Help: "do not ask where it loses the quorum"} }
