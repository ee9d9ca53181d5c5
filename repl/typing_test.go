package repl

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"kv/repl/internal/fake"
	"kv/repl/lab/prove"
	"kv/repl/shell"
)

// Of more keys than can be shown the last one is among the candidates: what these have
// in common, all have.
func TestCompletionOfManyKeys(t *testing.T) {
	t.Parallel()
	store := fake.New()
	for i := range 1000 {
		store.Add(fmt.Sprintf("user/%03d", i))
	}
	s := newSession(Config{Store: store, Out: io.Discard}, true)
	for _, c := range []struct {
		line        string
		words       int
		first, last string
		note        bool
	}{
		{"get us", 100, "user/000", "user/999", true},
		{"get user/5", 100, "user/500", "user/599", true},
		{"get user/50", 10, "user/500", "user/509", false},
	} {
		found := shell.NewCompleter(s).Complete(c.line).Fetch(t.Context())
		n := len(found.Words)
		if n != c.words || found.Words[0] != c.first || found.Words[n-1] != c.last || (found.Note != "") != c.note {
			t.Errorf("%q: %d words from %s to %s, %q", c.line, n, found.Words[0], found.Words[n-1], found.Note)
		}
	}
}

// What is given up is given up at once, and said.
func TestCompletionWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	store := fake.New()
	store.Fail = faults["unreachable"]
	s := newSession(Config{Store: store, Out: io.Discard}, true)
	found := shell.NewCompleter(s).Complete("get us").Fetch(t.Context())
	if len(found.Words) > 0 || !strings.Contains(found.Note, "does not answer") {
		t.Errorf("%+v", found)
	}
}

func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	s := shell.New(shell.Config{Rooms: append(rooms(nil, nil, prove.Config{}, nil), shell.Room{Commands: []shell.Command{
		{Name: "login", Args: []shell.Arg{{Name: "USER"}, {Name: "WORD", Secret: true, Optional: true}},
			Options: []shell.Option{{Name: "password", Value: "WORD", Secret: true}, {Name: "as", Value: "USER"}}},
		{Name: "unseal", Secret: true},
	}})})
	for text, want := range map[string]bool{
		"login me":                     false,
		"login me -as you":             false,
		"login me hush":                true,
		"login -as you me hush":        true,
		"login me -password hush":      true,
		"login me --password=hush":     true,
		"logni me -password 'hush":     true,
		"get a; unseal":                true,
		"3 unseal":                     true,
		"edit 2 unseal":                true,
		"txn\nput a 1\nunseal\ncommit": true,
		"help unseal":                  false,
		"put password 1":               false,
		"":                             false,
	} {
		if got := s.Secret(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestUnfinishedTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"put a 1": false, "put a 'one": true, `put a "one\n`: true, `put a \`: true, "put a # '": false,
		"put a '\ntwo'": false, `put "\q`: true, `put "\xq`: false,
	} {
		if got := shell.Unfinished(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
