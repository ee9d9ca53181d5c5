package prove

import (
	"fmt"
	"strconv"
	"time"

	"kv/client/linear"
	"kv/repl/out"
	"kv/repl/shell"
)

// showOffending shows the smallest part of a history that violates.
func showOffending(s *shell.Session, r linear.Report) error {
	g := &out.Grid{Head: []string{"#", "CLIENT", "BEGAN", "ENDED", "OPERATION", "ANSWER", "FROM"}}
	if r.Before != "" {
		g.Add(out.Plain("-"), out.Plain("-"), out.Plain("-"), out.Plain("-"), out.Plain("before that it is"), out.Plain(r.Before), out.Plain("-"))
	}
	for i, o := range r.Offending {
		g.Add(out.Number(uint64(i+1)), out.Plain(clientName(o.Client)), out.Plain(since(o.Call, r.Offending)), out.Plain(since(o.Return, r.Offending)),
			out.Inked(linear.Describe(o), s.Ink.Strong), out.Plain(linear.Answer(o)), out.Plain(out.OrDash(o.Member)))
	}
	if err := s.Table(g); err != nil {
		return err
	}
	if r.Why != "" {
		s.Note("%s", r.Why)
	} else {
		s.Note("%s", why(r.Offending))
	}
	return nil
}

// opRecord is an operation of some for programs. One without an end has no answer.
func opRecord(ops []*linear.Op) func(*linear.Op) out.Record {
	return func(o *linear.Op) out.Record {
		return out.Record{out.Text("client", clientName(o.Client)), out.Duration("began", o.Call-ops[0].Call), out.Duration("ended", o.Return-ops[0].Call).If(o.Return < linear.Never),
			out.Text("operation", linear.Describe(o)), out.Text("answer", linear.Answer(o)), out.Text("member", o.Member)}
	}
}

// clientName is what a client of the history is called; 0 is the session itself.
func clientName(id int) string {
	if id == 0 {
		return "you"
	}
	return "c" + strconv.Itoa(id)
}

// since is a moment, counted from when the first of the operations began.
func since(at time.Duration, ops []*linear.Op) string {
	if at >= linear.Never {
		return "never"
	}
	return fmt.Sprintf("%.1f ms", (at-ops[0].Call).Seconds()*1000)
}

// why says in a sentence what is wrong with the operations.
func why(ops []*linear.Op) string {
	for j, late := range ops {
		for i, early := range ops {
			switch {
			case early.Return >= late.Call || early.Unknown || late.Unknown:
			case late.Kind == linear.Get && late.Absent && early.Kind != linear.Get && early.Kind != linear.Delete && !early.Refused:
				return fmt.Sprintf("%d found nothing, though %d had put the key before %d began", j+1, i+1, j+1)
			case late.Revision != 0 && early.Revision > late.Revision && !late.Absent && !early.Absent:
				return fmt.Sprintf("%d tells of revision %d, though %d had told of revision %d before %d began",
					j+1, late.Revision, i+1, early.Revision, j+1)
			}
		}
	}
	return "there is no order of these operations in which every answer is right"
}
