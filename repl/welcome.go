package repl

import (
	"fmt"

	"kv/client"
)

// welcome returns the three lines that get a newcomer going.
func welcome(h client.Health, err error, lab bool) []string {
	return []string{welcomeState(h, err), welcomeTry(lab), "`help` lists the commands, Tab completes, Ctrl-D leaves."}
}

func welcomeState(h client.Health, err error) string {
	switch {
	case err != nil || (h.Leader == nil && h.Reachable == 0):
		return "No member of the cluster can be reached yet; the prompt will tell."
	case h.Leader == nil:
		return fmt.Sprintf("Cluster %s has no leader; %d of %d voters answer.", h.ClusterName, h.Reachable, h.Voters)
	default:
		return fmt.Sprintf("Cluster %s: %s leads, %d of %d voters are up.", h.ClusterName, h.Leader.Name, h.Reachable, h.Voters)
	}
}

func welcomeTry(lab bool) string {
	if lab {
		return "Try `put color blue`, `get color`, `members`; then `kill` the leader and `get color` again."
	}
	return "Try `put color blue`, `get color`, `members`."
}
