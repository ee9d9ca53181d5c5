package fsm

import (
	kvv1 "kv/proto/kv/v1"
)

// apply does what a command says, once for each stamp.
func (m *model) apply(c *kvv1.Command) Result {
	m.recorded = m.recorded || !old(c)
	if c.GetStamp() != nil {
		return m.once(c)
	}
	return m.carryOut(c)
}

// old tells that version 0.1.0 knew the command.
func old(c *kvv1.Command) bool {
	if c.GetStamp() != nil {
		return false
	}
	switch op := c.GetOp().(type) {
	case *kvv1.Command_Put:
		return op.Put.GetLease() == 0 && op.Put.GetTtlMs() == 0 && !op.Put.GetPrev()
	case *kvv1.Command_Delete:
		return op.Delete.GetRange() == nil && !op.Delete.GetPrev()
	case *kvv1.Command_SetMember, *kvv1.Command_RemoveMember:
		return true
	}
	return false
}

// carryOut does a command as a whole or not at all.
func (m *model) carryOut(c *kvv1.Command) Result {
	trial := m.clone()
	r := trial.do(c)
	grown := trial.bytes() > m.bytes() && m.quota > 0 && trial.bytes() > m.quota
	// Of two reasons a put gives the quota, a transaction the one that comes first.
	if grown && (r.Err == nil || c.GetPut() != nil) {
		r.Err = ErrQuota
	}
	if r.Err != nil {
		return Result{Revision: m.revision, Err: r.Err}
	}
	if len(trial.log) > len(m.log) {
		trial.revision++
	}
	if !m.recorded {
		trial.oldest = trial.revision + 1
	}
	trial.sweep()
	*m = *trial
	r.Revision = m.revision
	return r
}

// do changes m, also if it comes to an error in the middle.
func (m *model) do(c *kvv1.Command) (r Result) {
	switch op := c.GetOp().(type) {
	case *kvv1.Command_Put:
		p := op.Put
		return m.put(&kvv1.PutOp{Key: p.GetKey(), Value: p.GetValue(), Lease: p.GetLease(), TtlMs: p.GetTtlMs(), Prev: p.GetPrev()})
	case *kvv1.Command_Delete:
		d := op.Delete
		return m.delete(&kvv1.DeleteOp{Key: d.GetKey(), Range: d.GetRange(), Prev: d.GetPrev()})
	case *kvv1.Command_Txn:
		r.Txn, r.Err = m.txn(op.Txn)
	case *kvv1.Command_Revert:
		return m.revert(string(op.Revert.GetKey()), op.Revert.GetRevision())
	case *kvv1.Command_Compact:
		r.Err = m.compact(op.Compact.GetRevision())
	case *kvv1.Command_GrantLease:
		r.Lease, r.Err = m.grant(op.GrantLease.GetTtlMs(), false)
	case *kvv1.Command_RevokeLease:
		r.Deleted, r.Err = m.revoke(op.RevokeLease.GetLease())
	case *kvv1.Command_SetQuota:
		m.quota = op.SetQuota.GetBytes()
	case *kvv1.Command_SetMember:
		r.Err = m.setMember(op.SetMember.GetMember())
	case *kvv1.Command_RemoveMember:
		r.Err = m.removeMember(op.RemoveMember.GetName(), op.RemoveMember.GetIncarnation())
	}
	return r
}

// put changes the key also on an error, so that the quota can be looked at.
func (m *model) put(p *kvv1.PutOp) (r Result) {
	key, lease := string(p.GetKey()), p.GetLease()
	if p.GetPrev() {
		r.KV = m.live[key]
	}
	switch {
	case p.GetTtlMs() > 0 && lease > 0:
		r.Err = ErrInvalid
	case p.GetTtlMs() > 0:
		r.Lease, r.Err = m.grant(p.GetTtlMs(), true)
		lease = r.Lease
	case lease > 0 && !m.usable(lease):
		r.Err = ErrLeaseNotFound
	}
	m.set(key, p.GetValue(), lease)
	return r
}

// usable tells whether a lease was there before the command that is carried out.
func (m *model) usable(lease uint64) bool {
	row, ok := m.leases[lease]
	return ok && !row.fresh
}

func (m *model) delete(d *kvv1.DeleteOp) (r Result) {
	if d.GetRange() != nil {
		r.Deleted = m.removeAll(rangeOf(d.GetRange()))
		return r
	}
	key := string(d.GetKey())
	if it := m.live[key]; it != nil {
		if d.GetPrev() {
			r.KV = it
		}
		m.remove(key)
		r.Deleted = 1
	}
	return r
}

func (m *model) revert(key string, revision uint64) (r Result) {
	then, err := m.at(revision)
	switch {
	case err != nil:
		r.Err = err
	case then[key] != nil:
		m.set(key, then[key].Value(), 0)
	case m.live[key] != nil:
		m.remove(key)
	}
	r.KV = m.live[key]
	return r
}

func (m *model) compact(revision uint64) error {
	switch {
	case revision <= m.oldest:
		return ErrCompacted
	case revision > m.revision:
		return ErrFutureRevision
	}
	m.oldest = revision
	return nil
}

func (m *model) grant(ttl uint64, ephemeral bool) (uint64, error) {
	if ttl == 0 {
		return 0, ErrInvalid
	}
	m.lastLease++
	m.leases[m.lastLease] = modelLease{ttl: ttl, ephemeral: ephemeral, fresh: true}
	return m.lastLease, nil
}

// revoke ends a lease with the keys that live by it.
func (m *model) revoke(id uint64) (uint64, error) {
	if _, ok := m.leases[id]; !ok {
		return 0, ErrLeaseNotFound
	}
	gone := m.keysOf(id)
	for _, key := range gone {
		m.remove(key)
	}
	delete(m.leases, id)
	return uint64(len(gone)), nil
}

func (m *model) setMember(row *kvv1.Member) error {
	if old, ok := m.members[row.GetName()]; ok && old != row.GetIncarnation() {
		return ErrNameTaken
	}
	m.members[row.GetName()] = row.GetIncarnation()
	return nil
}

func (m *model) removeMember(name, incarnation string) error {
	if old, ok := m.members[name]; !ok || old != incarnation {
		return ErrMemberNotFound
	}
	delete(m.members, name)
	return nil
}
