package node

import (
	"context"
	"time"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
)

// historyLimits is how much history a leader keeps.
type historyLimits struct {
	changes int
	bytes   uint64
	age     time.Duration
}

// slack is by which part a limit may be exceeded: history is forgotten in pieces,
// and not with every write.
const slack = 10

// compactor decides up to which revision history is forgotten. It knows no clock
// and no state but what it is told. A revision's age is known only from when this
// leader first saw it, so that history lives longer across a change of leaders.
type compactor struct {
	limits  historyLimits
	samples []sample // oldest first
}

// sample says that a revision was the newest at a time.
type sample struct {
	at       time.Time
	revision uint64
}

// observe notes the newest revision.
func (c *compactor) observe(now time.Time, revision uint64) {
	if n := len(c.samples); n == 0 || now.Sub(c.samples[n-1].at) >= c.limits.age/slack {
		c.samples = append(c.samples, sample{now, revision})
	}
}

// aged returns the last revision that was made longer ago than the limit, 0 if it
// knows of none.
func (c *compactor) aged(now time.Time) uint64 {
	last := -1
	for last+1 < len(c.samples) && now.Sub(c.samples[last+1].at) >= c.limits.age {
		last++
	}
	if last < 0 {
		return 0
	}
	c.samples = c.samples[last:]
	return c.samples[0].revision
}

// excess returns how many changes and bytes are to go, 0 and 0 if both are within
// their limits or not far enough above.
func (c *compactor) excess(changes int, bytes uint64) (int, uint64) {
	l := c.limits
	if changes <= l.changes+l.changes/slack && bytes <= l.bytes+l.bytes/slack {
		return 0, 0
	}
	return max(changes-l.changes, 0), bytes - min(bytes, l.bytes)
}

// forgetting returns the revision that becomes the oldest when so many changes and
// bytes are forgotten, and all up to the revision aged; 0 if nothing is to be done.
// The newest revision always stays: where it is the only one, however much it holds,
// its changes are not even looked at, since a leader asks all the time.
func forgetting(v past, changes int, bytes, aged uint64) uint64 {
	if v.Oldest() >= v.Revision() {
		return 0
	}
	target := min(aged+1, v.Revision())
	if changes > 0 || bytes > 0 {
		target = max(target, behindFirst(v, changes, bytes))
	}
	if target <= v.Oldest() {
		return 0
	}
	return target
}

// behindFirst returns the first revision behind the oldest changes that are so many
// and hold so many bytes.
func behindFirst(v past, changes int, bytes uint64) uint64 {
	last, behind := uint64(0), v.Revision()
	v.Changes(v.Oldest(), func(c fsm.Change) bool {
		revision := c.Item.ModRevision()
		if changes <= 0 && bytes == 0 && revision > last {
			behind = revision
			return false
		}
		changes, bytes, last = changes-1, bytes-min(bytes, held(c)), revision
		return true
	})
	return behind
}

// held is what the history holds in memory for a change alone: what it replaced.
func held(c fsm.Change) uint64 {
	if c.Prev == nil {
		return 0
	}
	return uint64(len(c.Prev.Key()) + len(c.Prev.Value()))
}

// upkeep is how often a leader looks after the history and the quota.
const upkeep = 100 * time.Millisecond

// keepHouse keeps history within its limits and the quota as this member is
// configured, for as long as it leads.
func (m *member) keepHouse(ctx context.Context) {
	c := &compactor{limits: historyLimits{changes: m.cfg.HistoryRevisions, bytes: m.cfg.HistoryBytes, age: m.cfg.HistoryAge}}
	tick := time.NewTicker(upkeep)
	defer tick.Stop()
	for {
		if m.allUpgraded() == nil {
			// Members may have been upgraded since this leader was established.
			if err := m.keepQuota(ctx); err != nil {
				m.cfg.Logger.Debug("set the quota", "error", err)
			}
			m.compact(ctx, c)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// keepQuota sets the quota, if it is another, as this member is configured. The first
// one is the first command that version 0.1.0 does not know, and with that the state
// machine begins to keep history.
func (m *member) keepQuota(ctx context.Context) error {
	if m.machine.Quota() == m.cfg.QuotaBytes {
		return nil
	}
	set := &kvv1.SetQuotaCommand{Bytes: m.cfg.QuotaBytes}
	return m.writeCommand(ctx, &kvv1.Command{Op: &kvv1.Command_SetQuota{SetQuota: set}})
}

func (m *member) compact(ctx context.Context, c *compactor) {
	now := m.cfg.Now()
	c.observe(now, m.machine.Revision())
	aged := c.aged(now)
	changes, bytes := c.excess(m.machine.HistorySize())
	if changes == 0 && bytes == 0 && aged < m.machine.Oldest() {
		return
	}
	view := m.machine.View()
	target := forgetting(view, changes, bytes, aged)
	view.Release()
	if target == 0 {
		return
	}
	command := &kvv1.Command{Op: &kvv1.Command_Compact{Compact: &kvv1.CompactCommand{Revision: target}}}
	if err := m.writeCommand(ctx, command); err != nil {
		m.cfg.Logger.Debug("compact", "revision", target, "error", err)
	}
}
