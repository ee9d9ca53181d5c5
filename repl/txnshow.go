package repl

import (
	"fmt"
	"strconv"

	"kv/client"
	"kv/repl/syntax"
)

// txnTable shows what a transaction came to; ops are those of the branch that was
// carried out, one for each result.
func (s *Session) txnTable(r client.TxnResult, conditions int, ops []txnLine) error {
	s.ok(r.Header, s.verdict(r, conditions))
	g := &grid{}
	for i, res := range r.Results {
		g.add(plain(" "), cell{ops[i].text, s.ink.key}, s.outcome(res))
		for _, kv := range res.KVs {
			row := []cell{plain(" "), plain("  " + syntax.Quote(kv.Key))}
			if !ops[i].op.KeysOnly {
				row = append(row, plain(preview(kv.Value)))
			}
			g.add(row...)
		}
	}
	return s.print(g)
}

// verdict says which branch was carried out.
func (s *Session) verdict(r client.TxnResult, conditions int) string {
	switch {
	case conditions == 0:
		return "done"
	case r.Succeeded:
		return "conditions hold"
	case len(r.Results) == 0:
		return s.ink.warn.Sprint("conditions fail: nothing was done")
	default:
		return s.ink.warn.Sprint("conditions fail: else was done")
	}
}

// outcome is what one operation came to, in a line.
func (s *Session) outcome(r client.OpResult) cell {
	switch r.Kind {
	case client.KindGet:
		if r.KV == nil {
			return cell{errNotFound.Error(), s.ink.warn}
		}
		return plain(preview(r.KV.Value) + "  " + facts(r.KV))
	case client.KindList:
		text := count(max(r.Count, uint64(len(r.KVs))), "key")
		if r.More {
			text += "; there are more"
		}
		return plain(text)
	}
	text := "done"
	if r.Kind == client.KindDelete {
		text = fmt.Sprintf("%d deleted", r.Deleted)
	}
	if r.Lease != 0 {
		text += fmt.Sprintf("  lease %d", r.Lease)
	}
	if r.Prev != nil {
		text += "  " + was(r.Prev)
	}
	return plain(text)
}

// txnRecords is txnTable for programs.
func (s *Session) txnRecords(r client.TxnResult, ops []txnLine) error {
	if _, err := fmt.Fprintf(s.out, "succeeded\t%t\n", r.Succeeded); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	for i, res := range r.Results {
		if err := s.opRecord(r.Revision, ops[i].op, res); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) opRecord(revision uint64, op *client.Op, r client.OpResult) error {
	key := keysOf(op)
	var err error
	switch op.Kind {
	case client.KindPut:
		err = s.record("PUT", revision, key, leaseField(r)...)
	case client.KindDelete:
		err = s.record("DELETE", revision, key, strconv.FormatUint(r.Deleted, 10))
	case client.KindGet:
		if r.KV == nil {
			return s.record("GET", 0, key)
		}
		return s.record("GET", r.KV.ModRevision, key, syntax.Quote(string(r.KV.Value)))
	default:
		return s.listRecords(revision, op, r)
	}
	if err == nil && r.Prev != nil {
		err = s.record("PREV", r.Prev.ModRevision, key, syntax.Quote(string(r.Prev.Value)))
	}
	return err
}

func leaseField(r client.OpResult) []string {
	if r.Lease == 0 {
		return nil
	}
	return []string{"lease", strconv.FormatUint(uint64(r.Lease), 10)}
}

func (s *Session) listRecords(revision uint64, op *client.Op, r client.OpResult) error {
	more := []string{strconv.FormatUint(max(r.Count, uint64(len(r.KVs))), 10)}
	if r.More {
		more = append(more, "more")
	}
	if err := s.record("LIST", revision, keysOf(op), more...); err != nil {
		return err
	}
	for _, kv := range r.KVs {
		var value []string
		if !op.KeysOnly {
			value = []string{syntax.Quote(string(kv.Value))}
		}
		if err := s.record("KEY", kv.ModRevision, kv.Key, value...); err != nil {
			return err
		}
	}
	return nil
}
