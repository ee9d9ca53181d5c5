package txn

import (
	"fmt"
	"strconv"
	"strings"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// table shows what a transaction came to; ops are those of the branch that was
// carried out, one for each result.
func table(s *shell.Session, r client.TxnResult, conditions int, ops []line) error {
	s.OK(r.Header, verdict(s, r, conditions))
	g := &out.Grid{}
	for i, res := range r.Results {
		g.Add(out.Plain(" "), out.Inked(ops[i].text, s.Ink.Key), outcome(s, res))
		for _, kv := range res.KVs {
			row := []out.Cell{out.Plain(" "), out.Plain("  " + s.Quote(kv.Key))}
			if !ops[i].op.KeysOnly {
				row = append(row, out.Plain(s.Preview(kv.Value)))
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
		return out.Plain(s.Preview(r.KV.Value) + "  " + shell.Facts(r.KV))
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
		text += "  " + s.Was(r.Prev)
	}
	return out.Plain(text)
}

// record is table for programs: what each operation came to has the same fields.
func record(r client.TxnResult, ops []line) out.Record {
	results := make([]out.Record, len(r.Results))
	for i, res := range r.Results {
		results[i] = opRecord(ops[i].op, res)
	}
	all := out.Record{out.Bool("succeeded", r.Succeeded), out.Uint("revision", r.Revision), out.Objects("results", results)}
	if r.Leader != nil {
		all = append(all, out.Text("leader", r.Leader.Name))
	}
	return all
}

func opRecord(op *client.Op, r client.OpResult) out.Record {
	var keys client.Range
	if op.Range != nil {
		keys = *op.Range
	}
	all := out.Record{out.Text("op", strings.ToLower(opWord(op))), out.Key("key", op.Key).If(op.Range == nil),
		out.Key("from", keys.From).If(op.Range != nil), out.Key("to", keys.To).If(op.Range != nil)}
	switch op.Kind {
	case client.KindGet:
		return append(all, out.Object("found", shell.KeyRecord(r.KV)))
	case client.KindList:
		return append(all, out.Uint("count", max(r.Count, uint64(len(r.KVs)))), out.Bool("more", r.More),
			out.Records("keys", r.KVs, func(kv client.KeyValue) out.Record { return shell.ListRecord(kv, op.KeysOnly) }))
	case client.KindDelete:
		all = append(all, out.Uint("deleted", r.Deleted))
	default:
		all = append(all, out.Uint("lease", r.Lease).If(r.Lease != 0))
	}
	return append(all, out.Object("prev", shell.KeyRecord(r.Prev)))
}

// opWord is what an operation is called in a line for scripts.
func opWord(op *client.Op) string {
	return map[client.OpKind]string{client.KindPut: "PUT", client.KindDelete: "DELETE", client.KindGet: "GET", client.KindList: "LIST"}[op.Kind]
}

// lines is table for scripts.
func lines(s *shell.Session, r client.TxnResult, ops []line) error {
	if err := s.Line("result", fmt.Sprintf("succeeded\t%t", r.Succeeded)); err != nil {
		return err
	}
	for i, res := range r.Results {
		for _, l := range opLines(s, r.Revision, ops[i].op, res) {
			if err := s.Line("result", l); err != nil {
				return err
			}
		}
	}
	return nil
}

func opLines(s *shell.Session, revision uint64, op *client.Op, r client.OpResult) []string {
	key, word := keysOf(op), opWord(op)
	var all []string
	switch op.Kind {
	case client.KindPut:
		all = append(all, s.Tabs(word, revision, key, leaseField(r)...))
	case client.KindDelete:
		all = append(all, s.Tabs(word, revision, key, strconv.FormatUint(r.Deleted, 10)))
	case client.KindGet:
		if r.KV == nil {
			return append(all, s.Tabs(word, 0, key))
		}
		return append(all, s.Tabs(word, r.KV.ModRevision, key, s.Quote(string(r.KV.Value))))
	default:
		return listLines(s, revision, op, r)
	}
	if r.Prev != nil {
		all = append(all, s.Tabs("PREV", r.Prev.ModRevision, key, s.Quote(string(r.Prev.Value))))
	}
	return all
}

func leaseField(r client.OpResult) []string {
	if r.Lease == 0 {
		return nil
	}
	return []string{"lease", strconv.FormatUint(uint64(r.Lease), 10)}
}

func listLines(s *shell.Session, revision uint64, op *client.Op, r client.OpResult) []string {
	more := []string{strconv.FormatUint(max(r.Count, uint64(len(r.KVs))), 10)}
	if r.More {
		more = append(more, "more")
	}
	all := []string{s.Tabs("LIST", revision, keysOf(op), more...)}
	for _, kv := range r.KVs {
		var value []string
		if !op.KeysOnly {
			value = []string{s.Quote(string(kv.Value))}
		}
		all = append(all, s.Tabs("KEY", kv.ModRevision, kv.Key, value...))
	}
	return all
}

// keysOf returns what an operation is about: its key or its range.
func keysOf(op *client.Op) string {
	if op.Range == nil {
		return op.Key
	}
	return op.Range.From + ".." + op.Range.To
}
