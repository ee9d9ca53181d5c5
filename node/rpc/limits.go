package rpc

import (
	"math"

	"kv/proto/kverr"
)

// Limits bounds what a request may hold. A zero field means the default.
type Limits struct {
	// MaxKeyBytes is the longest key, and the longest prefix of a List, in bytes.
	// Default 32 KiB.
	MaxKeyBytes int
	// MaxValueBytes is the longest value in bytes. Default 1 MiB.
	MaxValueBytes int
}

// DefaultLimits are the limits of a node whose configuration names none.
var DefaultLimits = Limits{MaxKeyBytes: 32 << 10, MaxValueBytes: 1 << 20}

const (
	// minMessageBytes is gRPC's own default: a value that is over our limit but
	// under this one is refused by us, with both numbers, rather than by gRPC.
	minMessageBytes = 4 << 20
	// messageSlack is what a message holds beside its key and value.
	messageSlack = 64 << 10
)

func (l Limits) withDefaults() Limits {
	if l.MaxKeyBytes <= 0 {
		l.MaxKeyBytes = DefaultLimits.MaxKeyBytes
	}
	if l.MaxValueBytes <= 0 {
		l.MaxValueBytes = DefaultLimits.MaxValueBytes
	}
	return l
}

// MessageBytes is the largest message a gRPC server with these limits has to
// take: key, value and slack, and never below 4 MiB.
func (l Limits) MessageBytes() int {
	l = l.withDefaults()
	sum := int64(l.MaxKeyBytes) + int64(l.MaxValueBytes) + messageSlack
	return int(min(max(sum, minMessageBytes), math.MaxInt32))
}

func (l Limits) checkKey(key []byte) error {
	if len(key) == 0 {
		return kverr.ErrEmptyKey
	}
	return l.checkPrefix(key)
}

func (l Limits) checkPrefix(prefix []byte) error {
	if len(prefix) > l.MaxKeyBytes {
		return kverr.ErrKeyTooLarge.Withf("the key is too large: %d bytes, and at most %d are taken", len(prefix), l.MaxKeyBytes)
	}
	return nil
}

func (l Limits) checkPair(key, value []byte) error {
	if err := l.checkKey(key); err != nil {
		return err
	}
	if len(value) > l.MaxValueBytes {
		return kverr.ErrValueTooLarge.Withf("the value is too large: %d bytes, and at most %d are taken", len(value), l.MaxValueBytes)
	}
	return nil
}
