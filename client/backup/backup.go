// Package backup writes the keys of a cluster, or a range of them, into a file that
// people can read, and makes a cluster as such a file says.
//
// Write reads all keys as of one revision. A backup is lines of JSON, sorted by key, with
// a checksum behind them; see Reader. NewPlan compares a backup with what a cluster has,
// and Plan.Apply carries out the differences by transactions under conditions, so that a
// change that somebody else has made meanwhile is never lost.
package backup

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"kv/client"
)

// Store is what is asked of a cluster; Of makes one of a client.
type Store interface {
	// Scan reads the keys of a range in order. They may be iterated once, and end early
	// with an error. Without a revision they are of the one that the header tells.
	Scan(ctx context.Context, keys client.Range, r Read) (client.Header, iter.Seq2[client.KeyValue, error], error)
	// Txn carries out a transaction, once, however often it has to be sent.
	Txn(ctx context.Context, t client.Txn) (client.TxnResult, error)
	// Members tells how the cluster is called.
	Members(ctx context.Context) (client.Membership, error)
}

// Read says how to read. The zero value is linearizable, of the newest revision.
type Read struct {
	// Revision is the one to read at; 0 is the newest.
	Revision uint64
	// Stale reads what one member has, which may be old, without asking the others: what
	// is left of a cluster that has lost its majority.
	Stale bool
	// At is the member to ask, a name or client address HOST:PORT; "" is any.
	At string
}

// Of returns the cluster of a client.
func Of(c *client.Client) Store { return clientStore{c} }

type clientStore struct{ *client.Client }

// Scan implements Store.
func (s clientStore) Scan(ctx context.Context, keys client.Range, r Read) (client.Header, iter.Seq2[client.KeyValue, error], error) {
	options := []client.ReadOption{client.Within(keys), client.AtRevision(r.Revision), client.At(r.At)}
	if r.Stale {
		options = append(options, client.Stale())
	}
	l, err := s.List(ctx, "", options...)
	if err != nil {
		return client.Header{}, nil, err
	}
	return l.Header, l.All(), nil
}

// Head is what a backup says of itself.
type Head struct {
	// Cluster is the name of the cluster, ClusterID its random id.
	Cluster, ClusterID string
	// Revision is the one that all keys were read at.
	Revision uint64
	// Time is when that was, by the clock of who wrote it.
	Time time.Time
	// Keys are those that it is a backup of; the zero Range is all.
	Keys client.Range
	// StaleAt is the member that it was read from without asking the others, so that it
	// may have been old; "" if it was not.
	StaleAt string
}

// Summary is a backup as a whole.
type Summary struct {
	Head
	// Count is the number of keys that it holds.
	Count uint64
	// Leased is the number of keys that were left out since they hung on a lease: such a
	// key lives as long as its owner keeps it, and has no business in another life.
	Leased uint64
}

// Options say what to write. The zero value is everything as it is now.
type Options struct {
	Read
	// Keys are those to write; the zero Range is all.
	Keys client.Range
	// Time is the moment that the backup bears; the zero Time is now.
	Time time.Time
	// Progress is told now and then how many keys there were so far; may be nil.
	Progress func(keys uint64)
}

// progressEvery is how many keys or changes pass between two calls of a Progress.
const progressEvery = 1000

// Write writes the keys of a cluster to w, all as they were at one revision. A member that
// fails meanwhile is replaced by another. If it returns an error, what w has got is no
// backup, and a Reader says so.
func Write(ctx context.Context, st Store, w io.Writer, o Options) (Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m, err := st.Members(ctx)
	if err != nil {
		return Summary{}, err
	}
	h, keys, err := scan(ctx, st, o.Keys, o.Read)
	if err != nil {
		return Summary{}, err
	}
	if o.Time.IsZero() {
		o.Time = time.Now()
	}
	s := Summary{Head: Head{Cluster: m.ClusterName, ClusterID: h.ClusterID, Revision: h.Revision, Time: o.Time.UTC().Truncate(time.Millisecond), Keys: o.Keys}}
	if o.Stale {
		s.StaleAt = h.Member
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	out := newWriter(buffered)
	out.head(s.Head)
	for kv, err := range keys {
		switch {
		case err != nil:
			return Summary{}, err
		case kv.Lease != 0:
			s.Leased++
			continue
		}
		out.key(kv)
		if s.Count++; o.Progress != nil && s.Count%progressEvery == 0 {
			o.Progress(s.Count)
		}
		if out.err != nil {
			break
		}
	}
	out.foot(s)
	if out.err == nil {
		out.err = buffered.Flush()
	}
	if out.err != nil {
		return Summary{}, fmt.Errorf("write backup: %w", out.err)
	}
	return s, nil
}
