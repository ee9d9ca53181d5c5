package shell

import (
	"context"
	"io"
	"maps"
	"strings"

	"kv/repl/out"
	"kv/repl/syntax"
)

// Done is a statement that was carried out, and what came of it.
type Done struct {
	// Words are its words, with the values of variables and without aliases; nil if it was
	// not understood.
	Words []string
	// Reply is what it printed, as it was printed, and what went wrong.
	Reply Reply
}

// Follower is told of each statement. It returns what the error of the statement is: that
// of the reply, or another.
type Follower func(ctx context.Context, d Done) error

// Follow has f told of each statement that begins from now on, after it has ended. There
// is one follower at a time; nil is none.
func (s *Session) Follow(f Follower) { s.follow = f }

// followed executes a statement and tells the follower, if there is one before and after.
func (s *Session) followed(ctx context.Context, st syntax.Statement) error {
	if s.follow == nil {
		return s.statement(ctx, st)
	}
	var printed resultKeeper
	var d Done
	if words, err := s.Expand(st.Words); err == nil {
		d.Words, _ = s.Canonical(words) // what is wrong with them is told below
	}
	w := s.Printer.Out
	s.Printer.Out = kept{w, &printed}
	bare := s.bare
	s.bare = new(string)
	d.Reply.Err = s.statement(ctx, st)
	d.Reply.Value = *s.bare
	s.Printer.Out, s.bare = w, bare
	if s.follow == nil {
		return d.Reply.Err
	}
	d.Reply.Text = strings.TrimSuffix(printed.text(), "\n")
	if d.Reply.Value == "" {
		d.Reply.Value = d.Reply.Text
	}
	return s.follow(ctx, d)
}

// Canonical returns the words of a command with its aliases resolved, or what is wrong with
// its name.
func (s *Session) Canonical(words []syntax.Word) ([]string, error) {
	texts := syntax.Texts(words)
	c, n, err := s.find(texts)
	if err != nil {
		return nil, err
	}
	return append(strings.Fields(c.Name), texts[n:]...), nil
}

// Aside returns a session that another goroutine may use: it asks the same cluster, has
// the variables that this one has now, prints nowhere and asks nobody.
func (s *Session) Aside() *Session {
	child := *s
	ink := out.NewPalette(false)
	child.Printer = &out.Printer{Out: io.Discard, Err: io.Discard, Ink: ink, ErrInk: ink, Width: func() int { return 0 }}
	child.vars, child.script, child.level = maps.Clone(s.vars), &script{}, ""
	child.Ask, child.Above, child.Edit, child.open, child.height, child.bare = nil, nil, nil, nil, nil, nil
	child.follow, child.record, child.results, child.led = nil, nil, nil, nil
	return &child
}
