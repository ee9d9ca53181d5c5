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
// and works without a quorum. If there are more than can be shown, the last one is
// among them, so that what all have in common is right.
func (d rows) keyWords(ctx context.Context, part string) ([]string, error) {
	keys, more, err := d.someKeys(ctx, part, Read{Stale: true, KeysOnly: true, Limit: shell.MostWords})
	if err != nil || !more {
		return keys, err
	}
	last, _, err := d.someKeys(ctx, part, Read{Stale: true, KeysOnly: true, Limit: 1, Reverse: true})
	if err != nil || len(last) == 0 {
		return nil, err
	}
	return append(keys[:shell.MostWords-1], last[0]), nil
}

// someKeys lists keys, and says whether there are more.
func (d rows) someKeys(ctx context.Context, prefix string, r Read) (keys []string, more bool, err error) {
	l, err := d.store.List(ctx, prefix, r)
	if err != nil {
		return nil, false, err
	}
	for kv, err := range l.All {
		if err != nil {
			return nil, false, err
		}
		keys = append(keys, kv.Key)
	}
	return keys, l.More(), nil
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
