package fake

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/data"
)

// model is what a store keeps: keys, every change of them, and leases.
type model struct {
	keys        map[string]client.KeyValue
	rev, oldest uint64
	log         []client.Change // all changes in order
	leases      map[client.LeaseID]time.Duration
	lastLease   client.LeaseID
	grown       chan struct{} // closed when the log has grown
}

func newModel() model {
	return model{keys: map[string]client.KeyValue{}, oldest: 1,
		leases: map[client.LeaseID]time.Duration{}, grown: make(chan struct{})}
}

// write runs do, whose changes are of one revision, and takes all back if it fails.
func (m *model) write(do func(rev uint64) error) error {
	keys, log, leases, last := cloneMap(m.keys), len(m.log), cloneMap(m.leases), m.lastLease
	if err := do(m.rev + 1); err != nil {
		m.keys, m.log, m.leases, m.lastLease = keys, m.log[:log], leases, last
		return err
	}
	if len(m.log) > log {
		m.rev++
		close(m.grown)
		m.grown = make(chan struct{})
	}
	return nil
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (m *model) find(key string) *client.KeyValue {
	if kv, ok := m.keys[key]; ok {
		return &kv
	}
	return nil
}

func (m *model) put(rev uint64, key string, value []byte, lease client.LeaseID, ttl time.Duration) (client.LeaseID, error) {
	if key == "" {
		return 0, kverr.ErrEmptyKey
	}
	if _, ok := m.leases[lease]; lease != 0 && !ok {
		return 0, kverr.ErrLeaseNotFound
	}
	made := client.LeaseID(0)
	if ttl != 0 {
		m.lastLease++
		made, lease = m.lastLease, m.lastLease
		m.leases[made] = ttl
	}
	prev := m.find(key)
	kv := client.KeyValue{Key: key, Value: slices.Clone(value), CreateRevision: rev, ModRevision: rev, Version: 1, Lease: lease}
	if prev != nil {
		kv.CreateRevision, kv.Version = prev.CreateRevision, prev.Version+1
	}
	m.keys[key] = kv
	m.log = append(m.log, client.Change{KV: kv, Prev: prev})
	return made, nil
}

func (m *model) deleteAll(rev uint64, keys client.Range) uint64 {
	n := uint64(0)
	for _, kv := range m.sorted(m.keys, keys) {
		delete(m.keys, kv.Key)
		m.log = append(m.log, client.Change{Deleted: true, KV: client.KeyValue{Key: kv.Key, ModRevision: rev}, Prev: &kv})
		n++
	}
	return n
}

func (m *model) sorted(keys map[string]client.KeyValue, within client.Range) []client.KeyValue {
	var found []client.KeyValue
	for k, kv := range keys {
		if within.Contains(k) {
			found = append(found, kv)
		}
	}
	slices.SortFunc(found, func(a, b client.KeyValue) int { return strings.Compare(a.Key, b.Key) })
	return found
}

// at returns the keys as they were at a revision, 0 being now.
func (m *model) at(rev uint64) (map[string]client.KeyValue, error) {
	switch {
	case rev == 0:
		return m.keys, nil
	case rev > m.rev:
		return nil, kverr.ErrFutureRevision
	case rev+1 < m.oldest:
		return nil, kverr.ErrCompacted.WithRevision(m.oldest)
	}
	keys := map[string]client.KeyValue{}
	for _, c := range m.log {
		if c.KV.ModRevision > rev {
			break
		}
		if keys[c.KV.Key] = c.KV; c.Deleted {
			delete(keys, c.KV.Key)
		}
	}
	return keys, nil
}

func (m *model) list(keys map[string]client.KeyValue, within client.Range, r data.Read) (found []client.KeyValue, more bool, n uint64) {
	found = m.sorted(keys, within)
	by := map[client.SortBy]func(client.KeyValue) uint64{
		client.SortByCreateRevision: func(kv client.KeyValue) uint64 { return kv.CreateRevision },
		client.SortByModRevision:    func(kv client.KeyValue) uint64 { return kv.ModRevision },
		client.SortByVersion:        func(kv client.KeyValue) uint64 { return kv.Version },
	}[r.SortBy]
	if by != nil {
		slices.SortStableFunc(found, func(a, b client.KeyValue) int { return cmp.Compare(by(a), by(b)) })
	}
	if r.Reverse {
		slices.Reverse(found)
	}
	n = uint64(len(found))
	if r.CountOnly {
		return nil, false, n
	}
	if more = r.Limit > 0 && len(found) > r.Limit; more {
		found = found[:r.Limit]
	}
	for i := range found {
		if r.KeysOnly {
			found[i].Value = nil
		}
	}
	return found, more, n
}

// history returns the changes of a key, the newest first.
func (m *model) history(key string) []client.Change {
	var found []client.Change
	for _, c := range slices.Backward(m.log) {
		if c.KV.Key != key {
			continue
		}
		if found = append(found, c); c.KV.ModRevision < m.oldest {
			break
		}
	}
	return found
}

func (m *model) holds(c client.Compare) bool {
	kv, there := m.keys[c.Key]
	n := map[client.Field]uint64{client.FieldVersion: kv.Version, client.FieldCreateRevision: kv.CreateRevision,
		client.FieldModRevision: kv.ModRevision, client.FieldLease: uint64(kv.Lease)}[c.Field]
	order := cmp.Compare(n, c.Number)
	if c.Field == client.FieldValue {
		if !there {
			return false
		}
		order = strings.Compare(string(kv.Value), string(c.Value))
	}
	switch c.Relation {
	case client.Equal:
		return order == 0
	case client.NotEqual:
		return order != 0
	case client.Less:
		return order < 0
	case client.LessOrEqual:
		return order <= 0
	case client.Greater:
		return order > 0
	default:
		return order >= 0
	}
}

func (m *model) op(rev uint64, op client.Op) (r client.OpResult, err error) {
	r.Kind = op.Kind
	switch op.Kind {
	case client.KindGet:
		r.KV = m.find(op.Key)
	case client.KindList:
		r.KVs, r.More, r.Count = m.list(m.keys, *op.Range, data.Read{Limit: op.Limit, KeysOnly: op.KeysOnly, CountOnly: op.CountOnly, Reverse: op.Reverse})
		if !op.CountOnly {
			r.Count = 0
		}
	case client.KindPut:
		if op.Prev {
			r.Prev = m.find(op.Key)
		}
		r.Lease, err = m.put(rev, op.Key, op.Value, op.Lease, op.TTL)
	case client.KindDelete:
		if op.Prev {
			r.Prev = m.find(op.Key)
		}
		keys := only(op.Key)
		if op.Range != nil {
			keys = *op.Range
		}
		r.Deleted = m.deleteAll(rev, keys)
	}
	return r, err
}

// ofLease returns the keys of a lease in order.
func (m *model) ofLease(id client.LeaseID) []string {
	var keys []string
	for _, kv := range m.sorted(m.keys, client.Range{}) {
		if kv.Lease == id {
			keys = append(keys, kv.Key)
		}
	}
	return keys
}

// only is the range of one key.
func only(key string) client.Range { return client.Range{From: key, To: key + "\x00"} }
