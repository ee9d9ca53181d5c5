package faults

import (
	"context"
	"fmt"
	"time"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// kindMessage is the number of a message in flight.
var kindMessage = &shell.Kind{Read: shell.KindPositive.Read}

// steps are the commands that deliver messages by hand.
func (l rows) steps() []shell.Command {
	message := []shell.Arg{{Name: "NUMBER", Kind: kindMessage, Many: true}}
	all := []shell.Command{
		{
			Name: "hold", Args: words("WIRE"), Form: "FROM [->] TO | all", Run: l.hold, Next: l.nextEnd,
			Summary: "keep messages until you deliver them one by one",
			Help: "`hold all` keeps those of every wire. Answers are messages, too. While anything is held\n" +
				"time stands still for the nodes: nobody gives up waiting, no election timer runs out\n" +
				"(`timeout NAME` lets one), and a leader keeps its office. Clients are not stopped.\n",
			Example: "hold n1 -> n2",
		},
		{
			Name: "release", Args: words("WIRE"), Form: "[all | NAME | FROM -> TO]", Run: l.release, Next: l.nextHealed,
			Summary: "let go what is held",
			Help:    "Once nothing is held any more, time goes on.\n",
			Example: "release",
		},
		{
			Name: "inflight", Run: l.inflight,
			Summary: "the messages between the nodes that have not arrived",
			Help: "With their number, what they say, the sender's term, the log index and how many entries.\n" +
				"A message is held, or waits for a delay or at a cut.\n",
			Example: "inflight",
		},
		{
			Name: "deliver", Args: message, Run: l.each("delivered", Lab.Deliver),
			Summary: "let messages in flight arrive",
			Help:    "In the order in which they are named.\n",
			Example: "deliver 3",
		},
		{
			Name: "lose", Args: message, Run: l.each("lost", Lab.Lose),
			Summary: "have messages in flight never arrive",
			Help:    "Raft sends entries again; a vote that is lost is lost.\n",
			Example: "lose 3",
		},
		{
			Name: "step", Args: []shell.Arg{{Name: "COUNT", Kind: shell.KindPositive, Optional: true}}, Run: l.step,
			Summary: "deliver the oldest message that is held",
			Help:    "Or the oldest COUNT, one after the other.\n",
			Example: "step",
		},
		{
			Name: "timeout", Args: []shell.Arg{{Name: "NAME", Kind: kindNode}}, Run: l.timeout,
			Summary: "let the election timer of a node run out",
			Help: "While messages are held, timers stand still. A follower that hears nothing from its leader\n" +
				"then stands for election, a candidate stands again.\n",
			Example: "timeout n2",
		},
	}
	return inLab(all)
}

func (l rows) hold(_ context.Context, s *shell.Session, a shell.Args) error {
	f, rest, err := l.wire("hold", a.Rest())
	if err == nil {
		err = none("hold", rest)
	}
	if err == nil {
		err = l.broken(s, f)
	}
	if err == nil && s.ForPeople() {
		s.Note("time stands still for the nodes; `inflight`, `deliver NUMBER`, `step`, `timeout NAME`, and `release` at the end")
	}
	return err
}

func (l rows) release(_ context.Context, s *shell.Session, a shell.Args) error {
	return l.mend(s, "release", "released", a.Rest(), l.lab.Release)
}

func (l rows) inflight(_ context.Context, s *shell.Session, _ shell.Args) error {
	all := l.lab.InFlight()
	if len(all) == 0 && s.ForPeople() {
		s.Note("nothing is in flight; `hold all` keeps what the nodes send")
		return nil
	}
	return messages(s).All(s.Printer, all)
}

// messages is how messages are shown.
func messages(s *shell.Session) out.View[Message] {
	return out.View[Message]{Record: messageRecord, Head: []string{"NUMBER", "FROM", "TO", "MESSAGE", "TERM", "INDEX", "ENTRIES", "AGE", "STATE"},
		Cells: func(m Message) []out.Cell {
			ink := s.Ink.Strong
			if m.Answer {
				ink = s.Ink.Good
			}
			return []out.Cell{out.Number(m.ID), out.Plain(m.From), out.Plain(m.To), out.Inked(m.Text, ink),
				number(m.Term), number(m.Index), number(uint64(m.Entries)), out.Plain(age(m.Age)), out.Plain(m.State)}
		}}
}

func messageRecord(m Message) out.Record {
	return out.Record{out.Uint("number", m.ID), out.Text("from", m.From), out.Text("to", m.To), out.Bool("answer", m.Answer),
		out.Text("kind", m.Kind), out.Text("message", m.Text), out.Uint("term", m.Term).If(m.Term != 0), out.Uint("index", m.Index).If(m.Index != 0),
		out.Uint("entries", m.Entries), out.Duration("age", m.Age), out.Text("state", m.State)}
}

// number is a cell with a number, or a dash for none.
func number(n uint64) out.Cell {
	if n == 0 {
		return out.Plain("-")
	}
	return out.Number(n)
}

func age(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// each makes the command that does one thing to messages by their numbers.
func (l rows) each(done string, do func(Lab, context.Context, uint64) (Message, error)) func(context.Context, *shell.Session, shell.Args) error {
	return func(ctx context.Context, s *shell.Session, a shell.Args) error {
		ids := make([]uint64, 0, len(a.Rest()))
		for _, word := range a.Rest() {
			id, complaint := kindMessage.Read(word)
			if complaint != "" {
				return misuse(map[string]string{"delivered": "deliver", "lost": "lose"}[done], "NUMBER %s", complaint)
			}
			ids = append(ids, id)
		}
		for _, id := range ids {
			if err := l.one(ctx, s, done, func(ctx context.Context) (Message, error) { return do(l.lab, ctx, id) }); err != nil {
				return err
			}
		}
		return nil
	}
}

func (l rows) step(ctx context.Context, s *shell.Session, a shell.Args) error {
	for range a.Int("COUNT", 1) {
		if err := l.one(ctx, s, "delivered", l.lab.Step); err != nil {
			return err
		}
	}
	return nil
}

// one does something to one message, and shows people what came of it.
func (l rows) one(ctx context.Context, s *shell.Session, done string, do func(context.Context) (Message, error)) error {
	before := l.last()
	m, err := do(ctx)
	if err != nil {
		return err
	}
	s.OK(client.Header{}, fmt.Sprintf("%s %d  %s -> %s  %s", done, m.ID, m.From, m.To, m.Text), append(out.Record{out.Text("done", done)}, messageRecord(m)...)...)
	return l.news(s, before)
}

// last is the number of the newest message.
func (l rows) last() uint64 {
	all := l.lab.InFlight()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].ID
}

// news shows people the held messages that came after one.
func (l rows) news(s *shell.Session, after uint64) error {
	if !s.ForPeople() {
		return nil
	}
	var fresh []Message
	for _, m := range l.lab.InFlight() {
		if m.ID > after && m.State == "held" {
			fresh = append(fresh, m)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return messages(s).All(s.Printer, fresh)
}

func (l rows) timeout(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := l.name(a.Get("NAME"))
	if err != nil {
		return err
	}
	before := l.last()
	if err := l.lab.RunOut(ctx, name); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s does not stand for election: it still hears from its leader; hold the wire to it first", syntax.Quote(name))
		}
		return err
	}
	s.OK(client.Header{}, "the election timer of "+name+" ran out", out.Text("node", name), out.Text("done", "timed out"))
	return l.news(s, before)
}
