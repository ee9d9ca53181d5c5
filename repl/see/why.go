package see

import (
	"context"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (v rows) whyRow() shell.Command {
	return shell.Command{
		Name: "why", Group: shell.GroupSee, Run: v.why,
		Args:    []shell.Arg{{Name: "WHAT", Kind: shell.OneOf("election", "write"), Optional: true}},
		Summary: "explain the last election, or the last write that failed",
		Help: "From what the members have recorded it says in plain sentences why there was an\n" +
			"election and how it went, or why the last write of this session was refused or\n" +
			"has an unknown end. Without WHAT it explains the write if there is one, else the\n" +
			"election.\n",
		Example: "why election",
	}
}

func (v rows) why(ctx context.Context, s *shell.Session, a shell.Args) error {
	write, failed := s.LastFailedWrite()
	if a.Get("WHAT") == "write" && !failed {
		return &failure.AbsentError{Text: "no write of this session has failed; `why election` explains the last election", Answer: true}
	}
	about := failed && a.Get("WHAT") != "election"
	r, err := v.recordAll(ctx, s)
	if err != nil && !about {
		return err
	}
	sentences, record := WhyElection(r), electionRecord
	if about {
		w := Write{Line: write.Line, Began: write.Began, Ended: write.Ended, Err: write.Err}
		sentences, record = WhyWrite(r, w), w.record
	}
	return s.One(record(r, sentences), func() error {
		var lines []string
		for _, sentence := range sentences {
			lines = append(lines, out.Wrap(sentence, textWidth(s), plain)...)
		}
		return printLines(s, "why", lines)
	})
}

// recordAll is the record of all members.
func (v rows) recordAll(ctx context.Context, s *shell.Session) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout()/2) // a cluster in trouble answers late
	defer cancel()
	members, err := v.names(ctx, s, "")
	if err != nil {
		return Record{Now: time.Now()}, err
	}
	return v.record(ctx, members, 0)
}

func plain(text ...any) string { return text[0].(string) }

// textWidth is how wide sentences are: a line for each where a program reads them.
func textWidth(s *shell.Session) int {
	if w := s.Width(); s.ForPeople() && w > 0 {
		return w
	}
	return 1 << 20
}
