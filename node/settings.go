package node

import (
	"context"
	"fmt"
	"runtime"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// Settings implements rpc.Backend. It never fails.
func (n *Node) Settings(context.Context, *kvv1.SettingsRequest) (*kvv1.SettingsResponse, error) {
	resp := &kvv1.SettingsResponse{Header: n.Header(), Self: selfMember(n.cfg, n.identity())}
	add := func(name, value, note string) {
		resp.Settings = append(resp.Settings, &kvv1.Setting{Name: name, Value: value, Note: note})
	}
	c := n.cfg
	add("version", Version+" ("+runtime.Version()+")", "of this program")
	electionSettings(c, add)
	storageSettings(c, n.member.Load(), add)
	add("max-key", size(int64(c.Limits.MaxKeyBytes)), "the longest key")
	add("max-value", size(int64(c.Limits.MaxValueBytes)), "the largest value")
	add("in-flight", fmt.Sprintf("%d requests, %s", c.Bounds.Requests, size(int64(c.Bounds.Bytes))), "more are refused at once")
	add("in-flight-connection", fmt.Sprintf("%d requests, %s", c.Bounds.ConnRequests, size(int64(c.Bounds.ConnBytes))), "the same for one connection")
	add("batch", fmt.Sprintf("%d commands, %s, %d entries under way", maxBatchCommands, size(maxBatchBytes), maxInFlight), "writes that wait become one log entry of at most so many")
	return resp, nil
}

func electionSettings(c Config, add func(name, value, note string)) {
	add("heartbeat-timeout", c.HeartbeatTimeout.String(), "silence after which a follower stands for election, up to twice that")
	add("election-timeout", c.ElectionTimeout.String(), "how long an election may take, up to twice that")
	add("leader-lease", c.HeartbeatTimeout.String(), "a leader without a majority for so long steps down")
	add("commit-timeout", c.CommitTimeout.String(), "how late an idle follower learns of a commit, up to twice that")
	add("pre-vote", "on", "a candidate first asks whether it would be elected, so that it disturbs nobody")
	add("pipelining", "off", "one request at a time to each follower (hashicorp/raft #612)")
	add("suspicion", min(c.HeartbeatTimeout/suspiciousParts, maxSuspicious).String(), "silence after which a follower looks whether the leader's process is gone")
	add("promote-within", fmt.Sprintf("%d entries", promoteWithin), "a learner that lacks no more gets its vote")
	add("stall-timeout", c.StallTimeout.String(), "an fsync that lasts so long silences the member; four times that ends it")
}

func storageSettings(c Config, m *member, add func(name, value, note string)) {
	due := c.SnapshotBytes
	if m != nil {
		due = m.dueBytes()
	}
	add("snapshot", "after "+size(due)+" of log", "as much as the last snapshot has, and at least "+size(c.SnapshotBytes))
	add("trailing", fmt.Sprintf("%d entries, %s", c.TrailingEntries, size(due/2)), "log that stays behind a snapshot, for who was away briefly")
	add("history", fmt.Sprintf("%d changes, %s, %s", c.HistoryRevisions, size(int64(c.HistoryBytes)), c.HistoryAge.Round(time.Millisecond)), "what is beyond one of them is forgotten; the leader's count")
	add("quota", size(int64(c.QuotaBytes)), "what keys and values may grow to; the leader's counts")
}

// size writes bytes as people like to read them.
func size(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<27) == 0:
		return fmt.Sprintf("%g GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.4g KiB", float64(n)/(1<<10))
	default:
		return fmt.Sprintf("%d B", n)
	}
}
