package rpc

import (
	"bytes"
	"time"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Bounds of a lease's time to live.
const (
	MinTTL = 100 * time.Millisecond
	MaxTTL = 10 * 365 * 24 * time.Hour
)

// minProgress is how often a watcher may ask for a notice at most.
const minProgress = 100 * time.Millisecond

// firstOf returns the first of its arguments that is an error.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (l Limits) checkPut(r *kvv1.PutRequest) error {
	return firstOf(
		l.checkPair(r.GetKey(), r.GetValue()),
		checkBond(r.GetLease(), r.GetTtlMs()),
		checkStamp(r.GetStamp()),
	)
}

func (l Limits) checkGet(r *kvv1.GetRequest) error {
	return firstOf(l.checkKey(r.GetKey()), checkConsistency(r.GetConsistency()))
}

func (l Limits) checkDelete(r *kvv1.DeleteRequest) error {
	if r.GetRange() != nil && r.IfModRevision != nil {
		return kverr.ErrInvalid.Withf("a condition on the revision is for one key, not for a range")
	}
	return firstOf(l.checkTarget(r.GetKey(), r.GetRange(), r.GetPrev()), checkStamp(r.GetStamp()))
}

// checkTarget checks what a deletion is of: a key or a range.
func (l Limits) checkTarget(key []byte, within *kvv1.Range, prev bool) error {
	switch {
	case within == nil:
		return l.checkKey(key)
	case len(key) > 0:
		return kverr.ErrInvalid.Withf("give a key or a range, not both")
	case prev:
		return kverr.ErrInvalid.Withf("the previous version is given back for one key, not for a range")
	default:
		return l.checkRange(within)
	}
}

// checkRange checks a range; nil is all keys. A bound may be one byte longer than
// a key: the first key behind the longest one.
func (l Limits) checkRange(r *kvv1.Range) error {
	for _, bound := range [][]byte{r.GetFrom(), r.GetTo()} {
		if len(bound) > l.MaxKeyBytes+1 {
			return l.checkPrefix(bound)
		}
	}
	if to := r.GetTo(); len(to) > 0 && bytes.Compare(r.GetFrom(), to) >= 0 {
		return kverr.ErrInvalid.Withf("the range ends at or before its beginning: there is no key in it")
	}
	return nil
}

func (l Limits) checkList(r *kvv1.ListRequest) error {
	if len(r.GetPrefix()) > 0 && r.GetRange() != nil {
		return kverr.ErrInvalid.Withf("give a prefix or a range, not both")
	}
	if _, known := kvv1.SortBy_name[int32(r.GetSortBy())]; !known {
		return kverr.ErrInvalid.Withf("the order %d is unknown to this version", r.GetSortBy())
	}
	return firstOf(l.checkPrefix(r.GetPrefix()), l.checkRange(r.GetRange()), checkConsistency(r.GetConsistency()))
}

func (l Limits) checkHistory(r *kvv1.HistoryRequest) error {
	return firstOf(l.checkKey(r.GetKey()), checkConsistency(r.GetConsistency()))
}

func (l Limits) checkRevert(r *kvv1.RevertRequest) error {
	return firstOf(l.checkKey(r.GetKey()), checkRevision(r.GetRevision()), checkStamp(r.GetStamp()))
}

func checkCompact(r *kvv1.CompactRequest) error {
	return firstOf(checkRevision(r.GetRevision()), checkStamp(r.GetStamp()))
}

func (l Limits) checkWatch(r *kvv1.WatchRequest) error {
	if len(r.GetKey()) > 0 && r.GetRange() != nil {
		return kverr.ErrInvalid.Withf("give a key or a range, not both")
	}
	if p := r.GetProgressMs(); p != 0 && p < uint64(minProgress.Milliseconds()) {
		return kverr.ErrInvalid.Withf("a progress notice each %d ms is too often: at least %d, or 0 for none", p, minProgress.Milliseconds())
	}
	return firstOf(l.checkPrefix(r.GetKey()), l.checkRange(r.GetRange()), checkConsistency(r.GetConsistency()))
}

func checkGrant(r *kvv1.GrantLeaseRequest) error {
	return firstOf(checkTTL(r.GetTtlMs()), checkStamp(r.GetStamp()))
}

func checkKeepAlive(r *kvv1.KeepAliveLeaseRequest) error { return checkLease(r.GetLease()) }

func checkRevoke(r *kvv1.RevokeLeaseRequest) error {
	return firstOf(checkLease(r.GetLease()), checkStamp(r.GetStamp()))
}

func checkLease(id uint64) error {
	if id == 0 {
		return kverr.ErrInvalid.Withf("no lease is named: leases count up from 1")
	}
	return nil
}

func checkTTL(ms uint64) error {
	if ms < uint64(MinTTL.Milliseconds()) || ms > uint64(MaxTTL.Milliseconds()) {
		return kverr.ErrInvalid.Withf("a time to live of %d ms: it is from 100 ms to 10 years", ms)
	}
	return nil
}

// checkBond checks what a put says of the lease that its key shall live by.
func checkBond(lease, ttl uint64) error {
	switch {
	case ttl == 0:
		return nil
	case lease != 0:
		return kverr.ErrInvalid.Withf("give a lease or a time to live, not both")
	default:
		return checkTTL(ttl)
	}
}

func checkRevision(revision uint64) error {
	if revision == 0 {
		return kverr.ErrInvalid.Withf("no revision is given: revisions count up from 1")
	}
	return nil
}

// checkStamp checks the stamp of a write; nil is none.
func checkStamp(s *kvv1.Stamp) error {
	switch {
	case s == nil:
		return nil
	case s.GetSession() == 0:
		return kverr.ErrInvalid.Withf("the stamp names no session")
	case s.GetSequence() == 0:
		return kverr.ErrInvalid.Withf("the stamp has no sequence: they count up from 1")
	case s.GetAcknowledged() > s.GetSequence():
		return kverr.ErrInvalid.Withf("the stamp says that all writes below %d are over, and its own is %d", s.GetAcknowledged(), s.GetSequence())
	default:
		return nil
	}
}

func checkConsistency(c kvv1.Consistency) error {
	if _, known := kvv1.Consistency_name[int32(c)]; !known {
		return kverr.ErrInvalid.Withf("consistency %d is unknown to this version", c)
	}
	return nil
}
