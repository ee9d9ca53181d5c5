package fsm

import (
	"fmt"
	"strings"
)

// show writes items as KEY=VALUE@create-mod#version~lease, and a deletion as
// KEY@mod!, for a person who looks for the difference.
func show(items []*Item) string {
	var out []string
	for _, it := range items {
		switch {
		case it == nil:
			out = append(out, "nil")
		case it.Version() == 0:
			out = append(out, fmt.Sprintf("%q@%d!", it.Key(), it.ModRevision()))
		default:
			out = append(out, fmt.Sprintf("%q=%q@%d-%d#%d~%d", it.Key(), it.Value(), it.CreateRevision(), it.ModRevision(), it.Version(), it.Lease()))
		}
	}
	return "[" + strings.Join(out, " ") + "]"
}

func showChanges(changes []Change) string {
	var out []string
	for _, c := range changes {
		out = append(out, show([]*Item{c.Prev, c.Item}))
	}
	return strings.Join(out, ", ")
}

func showResult(r Result) string {
	s := fmt.Sprintf("revision %d, deleted %d, lease %d, error %v, kv %s", r.Revision, r.Deleted, r.Lease, r.Err, show([]*Item{r.KV}))
	if r.Txn != nil {
		s += fmt.Sprintf(", succeeded %t, results %v", r.Txn.Succeeded, r.Txn.Results)
	}
	return s
}
