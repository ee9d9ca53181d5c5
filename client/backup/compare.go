package backup

import (
	"bytes"
	"cmp"
	"iter"

	"kv/client"
)

// Kind is what a restore does about a key.
type Kind uint8

// The kinds.
const (
	// Same: the store has it as the backup does.
	Same Kind = iota
	// Put: the store lacks it, or has another value.
	Put
	// Delete: the backup does not have it.
	Delete
	// Leased: in the store it hangs on a lease, so it is left alone, whatever the backup
	// has.
	Leased
)

// Difference is a key in which a backup and a store are compared.
type Difference struct {
	Kind Kind
	Key  string
	// Value is what to put.
	Value []byte
	// ModRevision is that of the key in the store, 0 if it is not there.
	ModRevision uint64
}

// Compare compares two sequences that are sorted by key, which it reads side by side and
// never holds. An error of either is yielded last.
func Compare(backup, store iter.Seq2[client.KeyValue, error]) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		nextWanted, stop := iter.Pull2(backup)
		defer stop()
		nextFound, stop2 := iter.Pull2(store)
		defer stop2()
		wanted, werr, more := nextWanted()
		found, ferr, more2 := nextFound()
		for more || more2 {
			if err := cmp.Or(werr, ferr); err != nil {
				yield(Difference{}, err)
				return
			}
			useWanted := more && (!more2 || wanted.Key <= found.Key)
			useFound := more2 && (!more || found.Key <= wanted.Key)
			if !yield(differenceOf(wanted, found, useWanted, useFound), nil) {
				return
			}
			if useWanted {
				wanted, werr, more = nextWanted()
			}
			if useFound {
				found, ferr, more2 = nextFound()
			}
		}
	}
}

// differenceOf compares one key, which the backup has, or the store, or both.
func differenceOf(wanted, found client.KeyValue, inBackup, inStore bool) Difference {
	switch {
	case !inStore:
		return Difference{Kind: Put, Key: wanted.Key, Value: wanted.Value}
	case found.Lease != 0:
		return Difference{Kind: Leased, Key: found.Key, ModRevision: found.ModRevision}
	case !inBackup:
		return Difference{Kind: Delete, Key: found.Key, ModRevision: found.ModRevision}
	case bytes.Equal(wanted.Value, found.Value):
		return Difference{Kind: Same, Key: found.Key, ModRevision: found.ModRevision}
	default:
		return Difference{Kind: Put, Key: found.Key, Value: wanted.Value, ModRevision: found.ModRevision}
	}
}
