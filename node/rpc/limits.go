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
	// MaxTxnOps is how many comparisons and operations a transaction may have,
	// both lists of operations counted. Default 128.
	MaxTxnOps int
	// MaxTxnBytes is the largest transaction, in bytes as it travels. Default 4 MiB. One
	// put on one condition may be as large as by itself.
	MaxTxnBytes int
}

// DefaultLimits are the limits of a node whose configuration names none.
var DefaultLimits = Limits{MaxKeyBytes: 32 << 10, MaxValueBytes: 1 << 20, MaxTxnOps: 128, MaxTxnBytes: 4 << 20}

const (
	// messageSlack is what a message holds beside its key and value.
	messageSlack = 64 << 10
	// refusalRoom lets a request that is over our limits, but not by far, be
	// refused by us, with both numbers, rather than by gRPC.
	refusalRoom = 4 << 20
)

// WithDefaults returns l with its zero fields filled in.
func (l Limits) WithDefaults() Limits {
	fill := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&l.MaxKeyBytes, DefaultLimits.MaxKeyBytes)
	fill(&l.MaxValueBytes, DefaultLimits.MaxValueBytes)
	fill(&l.MaxTxnOps, DefaultLimits.MaxTxnOps)
	fill(&l.MaxTxnBytes, DefaultLimits.MaxTxnBytes)
	return l
}

// CommandBytes is the largest request that is written into the log, in bytes: a
// pair, whose key a condition names three times more, or a transaction, and what is
// around it.
func (l Limits) CommandBytes() int {
	l = l.WithDefaults()
	return max(l.pairBytes(), int(min(int64(l.MaxTxnBytes)+messageSlack, math.MaxInt32)))
}

// pairBytes is the largest request about one pair.
func (l Limits) pairBytes() int {
	return int(min(4*int64(l.MaxKeyBytes)+int64(l.MaxValueBytes)+messageSlack, math.MaxInt32))
}

// MessageBytes is the largest message a gRPC server with these limits has to
// take: any request that they allow, and one that is over them by up to 4 MiB.
func (l Limits) MessageBytes() int {
	return int(min(int64(l.CommandBytes())+refusalRoom, math.MaxInt32))
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

func (l Limits) checkValue(value []byte) error {
	if len(value) > l.MaxValueBytes {
		return kverr.ErrValueTooLarge.Withf("the value is too large: %d bytes, and at most %d are taken", len(value), l.MaxValueBytes)
	}
	return nil
}

func (l Limits) checkPair(key, value []byte) error {
	if err := l.checkKey(key); err != nil {
		return err
	}
	return l.checkValue(value)
}
