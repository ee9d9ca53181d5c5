package fsm

import (
	"slices"

	kvv1 "kv/proto/kv/v1"
)

// message returns the session as a snapshot holds it.
func (ss *session) message() *kvv1.SnapshotSession {
	out := &kvv1.SnapshotSession{Session: ss.id, Acknowledged: ss.acknowledged, UsedIndex: ss.used}
	for _, k := range ss.results {
		out.Results = append(out.Results, k.message())
	}
	return out
}

func (k *outcome) message() *kvv1.SessionResult {
	r := k.result()
	out := &kvv1.SessionResult{
		Sequence: k.sequence,
		Revision: r.Revision,
		Deleted:  r.Deleted,
		Lease:    r.Lease,
		Error:    uint32(slices.Index(errNumbers, r.Err)),
	}
	if r.KV != nil {
		out.Kv = r.KV.Message(false)
	}
	if r.Txn != nil {
		out.Succeeded, out.Results, out.Txn = r.Txn.Succeeded, r.Txn.Results, true
	}
	return out
}

// sessionOfMessage undoes message; ok is false if no session can look like that.
func sessionOfMessage(m *kvv1.SnapshotSession) (ss *session, ok bool) {
	ss = &session{id: m.GetSession(), acknowledged: m.GetAcknowledged(), used: m.GetUsedIndex()}
	ok = ss.id != 0 && len(m.GetResults()) <= defaultSessionLimits.results
	for _, r := range m.GetResults() {
		k, fine := outcomeOfMessage(r)
		n := len(ss.results)
		ok = ok && fine && k.sequence >= ss.acknowledged && (n == 0 || ss.results[n-1].sequence < k.sequence)
		ss.results = append(ss.results, k)
		ss.bytes += k.bytes()
	}
	return ss, ok
}

func outcomeOfMessage(m *kvv1.SessionResult) (k outcome, ok bool) {
	if m.GetError() >= uint32(len(errNumbers)) {
		return k, false
	}
	r := Result{
		Revision: m.GetRevision(),
		Deleted:  m.GetDeleted(),
		Lease:    m.GetLease(),
		KV:       ItemOf(m.GetKv()),
		Err:      errNumbers[m.GetError()],
	}
	if m.GetTxn() {
		r.Txn = &TxnResult{Succeeded: m.GetSucceeded(), Results: m.GetResults()}
	}
	return outcomeOf(m.GetSequence(), &r), true
}
