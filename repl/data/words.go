package data

import (
	"context"
	"strconv"

	"kv/repl/shell"
)

// The kinds of this room.
var (
	kindLease = &shell.Kind{Read: shell.KindPositive.Read}     // the id of a lease
	kindOrder = shell.OneOf("key", "create", "mod", "version") // what a list is sorted by
)

// keyWords asks any member for the keys it has: for a completion that is good enough,
// and works without a quorum.
func (d rows) keyWords(ctx context.Context, part string) ([]string, error) {
	l, err := d.store.List(ctx, part, Read{Stale: true, KeysOnly: true, Limit: shell.MostWords})
	if err != nil {
		return nil, err
	}
	var keys []string
	for kv, err := range l.All {
		if err != nil || len(keys) == shell.MostWords {
			break
		}
		keys = append(keys, kv.Key)
	}
	return keys, nil
}

// leaseWords asks for the leases there are.
func (d rows) leaseWords(ctx context.Context, _ string) ([]string, error) {
	leases, err := d.store.Leases(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(leases))
	for i, l := range leases {
		ids[i] = strconv.FormatUint(uint64(l.ID), 10)
	}
	return ids, nil
}
