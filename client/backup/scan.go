package backup

import (
	"context"
	"errors"
	"iter"

	"kv/client"
)

// scan reads the keys of a range at one revision, which the header tells. Where the answer
// breaks off it asks for the rest at the same revision, as long as that brings any key more.
func scan(ctx context.Context, st Store, keys client.Range, r Read) (client.Header, iter.Seq2[client.KeyValue, error], error) {
	h, part, err := st.Scan(ctx, keys, r)
	if err != nil {
		return h, nil, err
	}
	if r.Revision == 0 {
		r.Revision = h.Revision
	}
	h.Revision = r.Revision
	return h, func(yield func(client.KeyValue, error) bool) {
		for rest := keys; ; {
			asked, broken := rest, error(nil)
			for kv, err := range part {
				if err != nil {
					broken = err
					break
				}
				if !yield(kv, nil) {
					return
				}
				rest.From = kv.Key + "\x00"
			}
			if broken == nil || rest.To != "" && rest.From >= rest.To {
				return
			}
			if rest != asked && ctx.Err() == nil {
				_, part, broken = st.Scan(ctx, rest, r)
			}
			if broken != nil {
				yield(client.KeyValue{}, brokenOff(broken, h.Revision))
				return
			}
		}
	}, nil
}

// brokenOff says what to do if there is no rest to be had.
func brokenOff(err error, revision uint64) error {
	if errors.Is(err, client.ErrCompacted) {
		return client.ErrCompacted.Withf("the answer broke off, and the rest of revision %d is compacted by now; begin again", revision)
	}
	return err
}
