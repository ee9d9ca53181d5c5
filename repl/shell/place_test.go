package shell

import (
	"context"
	"slices"
	"testing"
	"time"
)

func placed(words ...string) (Args, error) {
	c := Command{Name: "get", Places: true, Args: []Arg{{Name: "KEY"}, {Name: "MORE", Optional: true}}, Options: []Option{{Name: "n"}}}
	return c.Parse(words)
}

func TestThePlaceIsTheLastWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words      []string
		key, place string
	}{
		{[]string{"k", "@all"}, "k", "@all"},
		{[]string{"k", "-n", "@n2"}, "k", "@n2"},
		{[]string{"k", "more", "@n2"}, "k", "@n2"},
		{[]string{"k", "@n2", "-n"}, "k", "@n2"},
		{[]string{"@all"}, "@all", ""},         // the key is needed
		{[]string{"--", "k", "@all"}, "k", ""}, // an argument like any other
		{[]string{"k", "@"}, "k", ""},          // no place
		{[]string{"@k", "@all"}, "@k", "@all"},
		{[]string{"@all", "more"}, "@all", ""}, // not the last
		{[]string{"k", "--", "@all"}, "k", ""},
	} {
		a, err := placed(c.words...)
		if err != nil || a.Get("KEY") != c.key || a.Place() != c.place {
			t.Errorf("%q: key %q, place %q, %v", c.words, a.Get("KEY"), a.Place(), err)
		}
	}
}

func TestAskedResolvesThePlace(t *testing.T) {
	t.Parallel()
	room := Room{Words: map[*Kind]Words{KindMember: func(context.Context, string) ([]string, error) { return []string{"n2", "n10", "n1"}, nil }}}
	s := New(Config{Rooms: []Room{room}})
	for place, want := range map[string][]string{"@all": {"n1", "n10", "n2"}, "@n2": {"n2"}, "@n10": {"n10"}, "": nil} {
		got, err := s.Asked(t.Context(), Args{place: place})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q asks %v, %v; want %v", place, got, err, want)
		}
	}
}

// A member that is silent costs its wait, and nobody else's answer.
func TestAskEachKeepsTheOrder(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	got := AskEach(ctx, []string{"a", "silent", "b"}, func(ctx context.Context, m string) (int, error) {
		if m == "silent" {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return len(m), nil
	})
	if len(got) != 3 || got[0].Member != "a" || got[0].Value != 1 || got[1].Err == nil || got[2].Member != "b" || got[2].Err != nil {
		t.Errorf("%+v", got)
	}
}

func TestPlacesAreCompleted(t *testing.T) {
	t.Parallel()
	c := Command{Name: "get", Places: true, Args: []Arg{{Name: "KEY"}}}
	if c.isPlace(nil, "@") || !c.isPlace([]string{"k"}, "@") || c.isPlace([]string{"--", "k"}, "@") {
		t.Error("a place is looked for where none can be, or not where one can")
	}
	if got := places([]string{"n1", "n2"}, "@n"); !slices.Equal(got, []string{"@n1", "@n2"}) {
		t.Errorf("@n becomes %v", got)
	}
}
