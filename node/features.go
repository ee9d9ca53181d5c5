package node

import (
	"strconv"
	"strings"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// A member that meets a command which its program does not know must stop, since
// to skip it would make its state differ. So the leader proposes none of the
// commands of a later version before every member, also one that is away, has
// said that it runs that version. Members say so in the member table.

// modelVersion is the first version that knows transactions, history, leases,
// stamps and the quota. Before it there were put and delete of a key alone.
const modelVersion = "0.2.0"

// upgraded returns nil if all members know what came with modelVersion, and the
// store keeps history, which a leader's first quota begins. That does not change
// back: a node of an older version is not let in any more. Errors: ErrUpgrading;
// ErrNoLeader while this leader has not seen to it yet.
func (m *member) upgraded() error {
	if m.modern.Load() {
		return nil
	}
	if err := m.allUpgraded(); err != nil {
		return err
	}
	if m.machine.Quota() == 0 {
		return m.notReady()
	}
	m.modern.Store(true)
	return nil
}

// allUpgraded is upgraded without the history.
func (m *member) allUpgraded() error {
	if row, ok := m.machine.Member(m.cfg.Name); !ok || row.GetVersion() != Version {
		return m.notReady()
	}
	for _, row := range m.machine.Members() {
		if olderThan(row.GetVersion(), modelVersion) {
			return needsUpgrade(row)
		}
	}
	return nil
}

// leaderUpgraded is upgraded for a member that is to pass a request on: a leader of
// an older version would not see what is new in it.
func (m *member) leaderUpgraded(name string) error {
	row, ok := m.machine.Member(name)
	if ok && olderThan(row.GetVersion(), modelVersion) {
		return needsUpgrade(row)
	}
	return nil
}

func needsUpgrade(row *kvv1.Member) error {
	return kverr.ErrUpgrading.Withf("%s runs kv %s, which does not know this request; upgrade it to %s, or remove it",
		row.GetName(), firstOf(row.GetVersion(), "of no version"), modelVersion)
}

// welcome refuses a node that would stop at what is in the log already.
func (m *member) welcome(row *kvv1.Member) error {
	if olderThan(row.GetVersion(), modelVersion) && m.upgraded() == nil {
		return kverr.ErrUpgrading.Withf("%s runs kv %s, and the cluster needs %s or newer",
			row.GetName(), firstOf(row.GetVersion(), "of no version"), modelVersion)
	}
	return nil
}

// olderThan compares versions by their numbers; what is no version is older than
// every version.
func olderThan(version, than string) bool {
	a, b := numbers(version), numbers(than)
	for i, n := range b {
		if i >= len(a) || a[i] != n {
			return i >= len(a) || a[i] < n
		}
	}
	return false
}

// numbers returns the numbers of a version, up to the first that is none.
func numbers(version string) (all []int) {
	version, _, _ = strings.Cut(version, "-")
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return all
		}
		all = append(all, n)
	}
	return all
}
