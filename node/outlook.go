package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/raft"
)

const (
	// maxNewsWait bounds how long a Status waits for news.
	maxNewsWait = time.Minute
	// newsEvery is the pause between two looks of a Status that waits. They are looks
	// at memory: what a person follows may be so old.
	newsEvery = 25 * time.Millisecond
)

// outlook is what a prompt shows of the cluster, as this node sees it, in a text that
// is only to be compared.
func (n *Node) outlook() string {
	m := n.member.Load()
	if m == nil {
		return "waiting"
	}
	r := m.raft()
	_, leader := r.LeaderWithID()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %q %t", m.role(), r.CurrentTerm(), leader, m.log.Stalled() > m.cfg.StallTimeout)
	if err := n.Err(); err != nil {
		b.WriteString(" ended")
	}
	leads := m.leading()
	servers := slices.SortedFunc(slices.Values(m.servers()), func(a, b raft.Server) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, s := range servers {
		fmt.Fprintf(&b, " %s/%d", s.ID, s.Suffrage)
		if leads && s.ID != m.id && !m.hears(s.ID) {
			b.WriteString("?")
		}
	}
	return b.String()
}

// awaitNews returns once the outlook is another than seen, wait is over, or ctx or the
// node ends.
func (n *Node) awaitNews(ctx context.Context, seen string, wait time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, min(wait, maxNewsWait))
	defer cancel()
	tick := time.NewTicker(newsEvery)
	defer tick.Stop()
	for n.outlook() == seen {
		select {
		case <-tick.C:
		case <-n.ctx.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}
