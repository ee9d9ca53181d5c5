package shell_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kv/repl/internal/fake"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// follow is a session with a command `say`, also called `tell`, which fails with `fail`.
func follow(t *testing.T) (s *shell.Session, printed *bytes.Buffer, do func(text string) error) {
	t.Helper()
	printed = new(bytes.Buffer)
	s = fake.Session(printed, printed, shell.Room{Commands: []shell.Command{{
		Name: "say", Aliases: []string{"tell"}, Group: shell.GroupShell,
		Args: []shell.Arg{{Name: "WORD"}},
		Run: func(_ context.Context, s *shell.Session, a shell.Args) error {
			if a.Get("WORD") == "fail" {
				return errors.New("failed")
			}
			s.Bare("bare " + a.Get("WORD"))
			return s.Line("say", "it says "+a.Get("WORD"))
		},
	}}})
	return s, printed, func(text string) error {
		t.Helper()
		statements, err := syntax.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return s.Do(t.Context(), statements[0])
	}
}

func TestAFollowerIsToldOfEachStatement(t *testing.T) {
	t.Parallel()
	s, printed, do := follow(t)
	if err := s.Set("x", "two words"); err != nil {
		t.Fatal(err)
	}
	var told []string
	s.Follow(func(_ context.Context, d shell.Done) error {
		told = append(told, fmt.Sprintf("%q %s|%s|%v", d.Words, d.Reply.Text, d.Reply.Value, d.Reply.Err))
		return nil
	})
	for _, text := range []string{`tell "$x"`, "say fail", "nobody", "say $y"} {
		if err := do(text); err != nil {
			t.Errorf("%s: the follower has made nothing of it, and it ends with %v", text, err)
		}
	}
	s.Follow(nil)
	if err := do("say fail"); err == nil {
		t.Error("without a follower no error is left")
	}
	want := []string{`["say" "two words"] it says two words|bare two words|<nil>`, `["say" "fail"] ||failed`}
	if len(told) != 4 || strings.Join(told[:2], "\n") != strings.Join(want, "\n") || !strings.HasPrefix(told[2], "[] ||there is no command") {
		t.Errorf("told\n%s", strings.Join(told, "\n"))
	}
	if printed.String() != "it says two words\n" {
		t.Errorf("printed %q", printed)
	}
}

func TestAnAsideKeepsToItself(t *testing.T) {
	t.Parallel()
	s, printed, do := follow(t)
	s.Follow(func(_ context.Context, d shell.Done) error { return errors.New("told") })
	if err := s.Set("x", "1"); err != nil {
		t.Fatal(err)
	}
	aside := s.Aside()
	if err := aside.Set("x", "2"); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Value("x"); v != "1" || err != nil {
		t.Errorf("x is %s, %v", v, err)
	}
	if err := aside.Exec(t.Context(), []string{"say", "a"}); err != nil || printed.Len() > 0 {
		t.Errorf("%v, and %q is printed", err, printed)
	}
	if err := do("say b"); err == nil {
		t.Error("the session has lost its follower")
	}
}

func TestWhatThePromptShowsOfTheBackground(t *testing.T) {
	t.Parallel()
	s, _, _ := follow(t)
	changes := 0
	s.OnLive(func() { changes++ })
	one := "one"
	s.SetLive("a", func() string { return one })
	s.SetLive("b", func() string { return "two" })
	if got := s.Live(); got != "one, two" {
		t.Errorf("shown: %s", got)
	}
	one = ""
	if got := s.Live(); got != "two" {
		t.Errorf("shown: %s", got)
	}
	s.SetLive("b", nil)
	if got := s.Live(); got != "" || changes != 3 {
		t.Errorf("shown: %s, after %d changes", got, changes)
	}
}
