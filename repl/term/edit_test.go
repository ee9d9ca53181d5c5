package term

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// No way of editing leaves the line, changes what another holds, or panics.
func TestEditingStaysInTheLine(t *testing.T) {
	t.Parallel()
	steps := map[string]func(text) text{
		"insert": func(t text) text { return t.insert("x\ny") }, "delete": text.delete, "transpose": text.transpose,
		"left": func(t text) text { return t.simple(left) }, "backspace": func(t text) text { return t.simple(0x7f) },
		"word left":  func(t text) text { return text{t.runes, t.wordLeft(inWord)} },
		"kill word":  func(t text) text { return t.replace(t.pos, t.wordRight(), nil) },
		"kill space": func(t text) text { return t.replace(t.wordLeft(notBlank), t.pos, nil) },
		"home":       func(t text) text { return text{t.runes, t.lineStart()} },
		"end":        func(t text) text { return text{t.runes, t.lineEnd()} },
		"up":         func(t text) text { t, _ = t.up(); return t }, "down": func(t text) text { t, _ = t.down(); return t },
	}
	var names []string
	for name := range steps {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		line := newText(rapid.StringOf(rapid.RuneFrom([]rune("ab \n日"))).Draw(t, "line"))
		for _, name := range rapid.SliceOf(rapid.SampledFrom(names)).Draw(t, "steps") {
			before := line.String()
			next := steps[name](line)
			if line.String() != before {
				t.Fatalf("%s changes the line before from %q to %q", name, before, line.String())
			}
			if line = next; line.pos < 0 || line.pos > len(line.runes) {
				t.Fatalf("%s puts the cursor at %d of %q", name, line.pos, line.String())
			}
		}
	})
}

func TestRowsOfAText(t *testing.T) {
	t.Parallel()
	line := newText("first row\n2nd\nthird row")
	for i, want := range []int{13, 3} { // the end of the shorter row, and its column
		up, ok := line.up()
		if line = up; !ok || line.pos != want {
			t.Errorf("up %d: cursor at %d, want %d", i, line.pos, want)
		}
	}
	if _, ok := line.up(); ok {
		t.Error("there is a row above the first")
	}
	if line, _ = line.down(); line.pos != 13 {
		t.Errorf("down: cursor at %d", line.pos)
	}
}

func TestWhatCandidatesHaveInCommon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tails []string
		want  string
	}{
		{[]string{"abc "}, "abc "}, {[]string{"abc ", "abd "}, "ab"}, {[]string{"x", "y"}, ""},
		{[]string{`a\ b `, `a\;b `}, "a"}, {[]string{`a\\x`, `a\\y`}, `a\\`}, {[]string{"é", "è"}, ""},
	} {
		if got := commonTail(c.tails); got != c.want {
			t.Errorf("%q have %q in common, want %q", c.tails, got, c.want)
		}
	}
}
