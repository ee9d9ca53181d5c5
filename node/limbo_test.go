package node

import (
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

func TestLimboLastsAsLongAsNothingElseIsHeard(t *testing.T) {
	t.Parallel()
	l := &limbo{gap: time.Second}
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		at    time.Duration
		err   error
		lasts time.Duration
	}{
		{0, nil, 0},
		{time.Second, raft.ErrLeadershipTransferInProgress, 0},
		{1900 * time.Millisecond, raft.ErrLeadershipTransferInProgress, 900 * time.Millisecond},
		{2800 * time.Millisecond, raft.ErrLeadershipTransferInProgress, 1800 * time.Millisecond},
		{4 * time.Second, raft.ErrLeadershipTransferInProgress, 0}, // another transfer
		{5 * time.Second, raft.ErrLeadershipTransferInProgress, time.Second},
		{5 * time.Second, nil, 0},
		{6 * time.Second, raft.ErrLeadershipTransferInProgress, 0},
		{7 * time.Second, raft.ErrLeadershipTransferInProgress, time.Second},
		{8 * time.Second, raft.ErrNotLeader, 0},
	} {
		l.hear(c.err, start.Add(c.at))
		if got := l.lasts(); got != c.lasts {
			t.Errorf("after %v: %v, want %v", c.at, got, c.lasts)
		}
	}
}
