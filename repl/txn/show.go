package txn

import (
	"fmt"
	"strconv"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// table shows what a transaction came to; ops are those of the branch that was
// carried out, one for each result.
func table(s *shell.Session, r client.TxnResult, conditions int, ops []line) error {
	s.OK(r.Header, verdict(s, r, conditions))
	g := &out.Grid{}
	for i, res := range r.Results {
		g.Add(out.Plain(" "), out.Inked(ops[i].text, s.Ink.Key), outcome(s, res))
		for _, kv := range res.KVs {
			row := []out.Cell{out.Plain(" "), out.Plain("  " + syntax.Quote(kv.Key))}
			if !ops[i].op.KeysOnly {
				row = append(row, out.Plain(out.Preview(kv.Value)))
			}
			g.Add(row...)
		}
	}
	return s.Table(g)
}

// verdict says which branch was carried out.
func verdict(s *shell.Session, r client.TxnResult, conditions int) string {
	switch {
	case conditions == 0:
		return "done"
	case r.Succeeded:
		return "conditions hold"
	case len(r.Results) == 0:
		return s.Ink.Warn.Sprint("conditions fail: nothing was done")
	default:
		return s.Ink.Warn.Sprint("conditions fail: else was done")
	}
}

// outcome is what one operation came to, in a line.
func outcome(s *shell.Session, r client.OpResult) out.Cell {
	switch r.Kind {
	case client.KindGet:
		if r.KV == nil {
			return out.Inked(failure.ErrNotFound.Error(), s.Ink.Warn)
		}
		return out.Plain(out.Preview(r.KV.Value) + "  " + shell.Facts(r.KV))
	case client.KindList:
		text := out.Count(max(r.Count, uint64(len(r.KVs))), "key")
		if r.More {
			text += "; there are more"
		}
		return out.Plain(text)
	}
	text := "done"
	if r.Kind == client.KindDelete {
		text = fmt.Sprintf("%d deleted", r.Deleted)
	}
	if r.Lease != 0 {
		text += fmt.Sprintf("  lease %d", r.Lease)
	}
	if r.Prev != nil {
		text += "  " + shell.Was(r.Prev)
	}
	return out.Plain(text)
}

// records is table for programs.
func records(s *shell.Session, r client.TxnResult, ops []line) error {
	if _, err := fmt.Fprintf(s.Out, "succeeded\t%t\n", r.Succeeded); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	for i, res := range r.Results {
		if err := opRecord(s, r.Revision, ops[i].op, res); err != nil {
			return err
		}
	}
	return nil
}

func opRecord(s *shell.Session, revision uint64, op *client.Op, r client.OpResult) error {
	key := keysOf(op)
	var err error
	switch op.Kind {
	case client.KindPut:
		err = s.Record("PUT", revision, key, leaseField(r)...)
	case client.KindDelete:
		err = s.Record("DELETE", revision, key, strconv.FormatUint(r.Deleted, 10))
	case client.KindGet:
		if r.KV == nil {
			return s.Record("GET", 0, key)
		}
		return s.Record("GET", r.KV.ModRevision, key, syntax.Quote(string(r.KV.Value)))
	default:
		return listRecords(s, revision, op, r)
	}
	if err == nil && r.Prev != nil {
		err = s.Record("PREV", r.Prev.ModRevision, key, syntax.Quote(string(r.Prev.Value)))
	}
	return err
}

func leaseField(r client.OpResult) []string {
	if r.Lease == 0 {
		return nil
	}
	return []string{"lease", strconv.FormatUint(uint64(r.Lease), 10)}
}

func listRecords(s *shell.Session, revision uint64, op *client.Op, r client.OpResult) error {
	more := []string{strconv.FormatUint(max(r.Count, uint64(len(r.KVs))), 10)}
	if r.More {
		more = append(more, "more")
	}
	if err := s.Record("LIST", revision, keysOf(op), more...); err != nil {
		return err
	}
	for _, kv := range r.KVs {
		var value []string
		if !op.KeysOnly {
			value = []string{syntax.Quote(string(kv.Value))}
		}
		if err := s.Record("KEY", kv.ModRevision, kv.Key, value...); err != nil {
			return err
		}
	}
	return nil
}

// keysOf returns what an operation is about: its key or its range.
func keysOf(op *client.Op) string {
	if op.Key != "" {
		return op.Key
	}
	return op.Range.From + ".." + op.Range.To
}
