package syntax

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// value is what variables hold in these tests; an upper-case name has none.
func value(name string) (string, error) {
	if strings.ToUpper(name) == name && !Number(name) && name != "?" {
		return "", fmt.Errorf("no %s", name)
	}
	return "<" + name + " '\">", nil
}

func TestVariablesAreReadWhereAPosixShellReadsThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`$a`:           `<a '">`,
		`x$a-y`:        `x<a '">-y`,
		`"x $a y"`:     `x <a '"> y`,
		`'$a'`:         `$a`,
		`\$a`:          `$a`,
		`"\$a"`:        `$a`,
		`${a}b`:        `<a '">b`,
		`"${a}b"`:      `<a '">b`,
		`$a$b`:         `<a '"><b '">`,
		`$12`:          `<1 '">2`,
		`${12}`:        `<12 '">`,
		`$?`:           `<? '">`,
		`${?}`:         `<? '">`,
		`$`:            `$`,
		`5$`:           `5$`,
		`$-`:           `$-`,
		`"$"`:          `$`,
		`$$a`:          `$<a '">`,
		`$é`:           `$é`,
		`$a'b'`:        `<a '">b`,
		`"$"'a'`:       `$a`,
		"$\\\na":       `$a`,
		`$_x1`:         `<_x1 '">`,
		`"a"$b"c\x24"`: `a<b '">c$`,
	} {
		statements, err := Parse(text)
		if err != nil || len(statements) != 1 || len(statements[0].Words) != 1 {
			t.Errorf("Parse(%q): %v, %v", text, statements, err)
			continue
		}
		got, err := statements[0].Words[0].Expand(value)
		if err != nil || got.Text != want {
			t.Errorf("%q is %q, %v, want %q", text, got.Text, err, want)
		}
	}
}

func TestAVariableWithoutAValueIsAnError(t *testing.T) {
	t.Parallel()
	statements, err := Parse(`"$a $B"`)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := statements[0].Words[0].Expand(value); err == nil || err.Error() != "no B" {
		t.Errorf("expanded to %q, %v", w.Text, err)
	}
}

func TestOperatorsBeginAWord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		">": 1, ">>": 2, "|": 1, ">a": 1, ">>a": 2, ">>>": 2, ">'a'": 1, `>$a`: 1, "||": 1, ">|": 1,
		"a>": 0, "a|b": 0, "'>'": 0, `">"`: 0, `\>`: 0, "->": 0, "''>": 0, "<": 0, `>\>`: 1, ">=": 1,
	} {
		statements, err := Parse("x " + text)
		if err != nil || len(statements) != 1 || len(statements[0].Words) != 2 || statements[0].Words[1].Op != want {
			t.Errorf("Parse(%q): %+v, %v, want operator of %d", text, statements, err, want)
		}
	}
}

func TestOnlyWhatIsWrittenPlainlyIsAKeyword(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"@all": true, "'@all'": false, `@"all"`: false, `\@all`: false, "$all": false} {
		statements, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		w, err := statements[0].Words[0].Expand(func(string) (string, error) { return "@all", nil })
		if err != nil || w.Text != "@all" || w.Keyword("@all") != want {
			t.Errorf("%s: %+v, %v", text, w, err)
		}
	}
}

// Expansion never changes a word in single quotes, nor one that Quote wrote.
func TestExpansionLeavesQuotedWordsAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.StringMatching(`[$?{}a-b1'" \\]{0,8}`), rapid.String()).Draw(t, "word")
		text := Quote(word)
		if !strings.Contains(word, "'") && rapid.Bool().Draw(t, "single") {
			text = "'" + word + "'"
		}
		statements, err := Parse(text)
		if err != nil || len(statements) != 1 || len(statements[0].Words) != 1 || !isText(statements[0].Words[0], word) {
			t.Fatalf("%s reads as %v, %v, want %q", text, statements, err, word)
		}
	})
}

func TestALexerKnowsTheVariableItEndsIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"get $": "", "get $na": "na", `get "x${na`: "na", "get x": "-", "get $na ": "-", "get '$na": "-"} {
		var l Lexer
		l.Feed(text)
		name, ok := l.Variable()
		if !ok {
			name = "-"
		}
		if name != want {
			t.Errorf("%q ends in the variable %q, want %q", text, name, want)
		}
	}
}

// What is written with joiners is text; alone they would be hidden, and are escaped.
func TestJoiners(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"👩\u200d👧":       "👩\u200d👧",
		"می\u200cخواهم":  "می\u200cخواهم",
		"a\u200db":       `"a\xe2\x80\x8db"`,
		"\u200d":         `"\xe2\x80\x8d"`,
		"é\u200d\u200d'": `"é` + "\u200d" + `\xe2\x80\x8d'"`,
		"ü\u202ex":       `"ü\xe2\x80\xaex"`,
	} {
		if got := Quote(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
		if back, err := Parse(Quote(word)); err != nil || back[0].Words[0].Text != word {
			t.Errorf("%q is read back as %v, %v", word, back, err)
		}
	}
}
