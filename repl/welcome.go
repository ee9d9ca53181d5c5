package repl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kv/client"
)

// welcome returns what is said above the first prompt: how the cluster is and, to one who
// is here for the first time, three lines that get them going.
func welcome(h client.Health, err error, lab, newcomer bool) []string {
	lines := []string{welcomeState(h, err)}
	if newcomer {
		lines = append(lines, welcomeTry(lab), "`help` lists the commands, Tab completes, Ctrl-D leaves.",
			"The prompt tells who leads and how many voters answer; `health` says what to do if it turns red.")
	}
	return lines
}

// firstTime reports whether nobody was welcomed yet whose history is kept in this file,
// and remembers that somebody was. Without a place to remember it everybody is new.
func firstTime(historyFile string) bool {
	if historyFile == "" {
		return true
	}
	dir := filepath.Dir(historyFile)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return true
	}
	f, err := os.OpenFile(filepath.Join(dir, "welcomed"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return !errors.Is(err, os.ErrExist)
	}
	return f.Close() == nil
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
		return "Try `put color blue`, then `kill` the leader, `get color`, and ask `why`. `learn` has lessons."
	}
	return "Try `put color blue`, `get color`, `members`."
}
