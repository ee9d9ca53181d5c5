package shell

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// Reply is what a command said when it was not a person or a script who asked.
type Reply struct {
	// Text is what the command prints in a script, without the last newline.
	Text string
	// Value is what the answer comes down to: Text unless the command said otherwise.
	Value string
	// Err is what went wrong.
	Err error
}

// Bare says what the answer of the running command comes down to, such as the name in a
// line about the leader: `expect` compares it, and `set NAME = COMMAND` keeps it. In a
// format that was asked for, the answer is what is printed.
func (s *Session) Bare(value string) {
	if s.bare != nil && !s.Hex && (s.ForPeople() || s.Form() == out.FormatPlain) {
		*s.bare = value
	}
}

// Capture executes a command as in a script, without asking anybody, and returns what it
// prints: in plain, whatever the session's format is. A write that fails is the session's
// last one.
func (s *Session) Capture(ctx context.Context, words []syntax.Word) Reply {
	r, child := s.capture(ctx, words)
	s.failed = child.failed
	return r
}

// capture is Capture in a copy of the session, which it returns.
func (s *Session) capture(ctx context.Context, words []syntax.Word) (Reply, *Session) {
	var result, remarks bytes.Buffer
	child := *s
	child.Printer = &out.Printer{Out: &result, Err: &remarks, Ink: out.NewPalette(false), ErrInk: out.NewPalette(false),
		Width: func() int { return 0 }}
	child.Ask, child.open, child.height, child.bare, child.led = nil, nil, nil, new(string), nil
	var err error
	if s.led != nil {
		err = child.redirect(ctx, words, s.led.tail, s.led.text)
	} else {
		err = child.exec(ctx, words)
	}
	r := Reply{Text: strings.TrimSuffix(result.String(), "\n"), Err: err}
	if r.Value = *child.bare; r.Value == "" || s.led != nil {
		r.Value = r.Text
	}
	return r, &child
}

// Together reports whether a command compares the members when it is to ask all of them.
func (s *Session) Together(words []syntax.Word) bool {
	c, _, err := s.find(syntax.Texts(words))
	return err == nil && c.Together
}

// CaptureEach is Capture for each member, asked by its name as a place at the end of the
// command, all at the same time. The error is that they cannot be asked.
func (s *Session) CaptureEach(ctx context.Context, words []syntax.Word) ([]Answer[Reply], error) {
	c, _, err := s.find(syntax.Texts(words))
	if err == nil && !c.Places {
		err = failure.Usagef("%s asks the cluster as a whole, so that %s has no place after it", c.Name, everyPlace)
	}
	if err != nil {
		return nil, err
	}
	look, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	names, err := s.MemberNames(look)
	if err != nil {
		return nil, err
	}
	return AskEach(ctx, names, func(ctx context.Context, name string) (Reply, error) {
		r, _ := s.capture(ctx, append(slices.Clip(words), syntax.Word{Text: "@" + name}))
		return r, r.Err
	}), nil
}
