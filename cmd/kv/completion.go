package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"kv/cmd/kv/contexts"
	"kv/repl"
)

const aboutCompletion = `Prints a script that completes the commands of kv in your shell: bash, zsh or fish. Its
first lines say where to put it. What may be completed the script asks kv itself, so it
need not be renewed: commands, options, contexts and, from the cluster if it answers
soon, keys and members. KV_COMPLETION_WAIT is how long it may take to (300ms).`

var (
	//go:embed completion/kv.bash
	bashScript string
	//go:embed completion/kv.zsh
	zshScript string
	//go:embed completion/kv.fish
	fishScript string
)

// runCompletion prints a script or, for the scripts, answers them: `words -- WORD… PART`
// a word a line, with a tab before what there is to say about it; `line LINE` the same
// below the part that LINE ends in.
func runCompletion(ctx context.Context, args []string, s streams) int {
	scripts := map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}
	switch {
	case len(args) >= 2 && args[0] == "words" && args[1] == "--":
		answer(ctx, s.out, args[2:])
		return repl.ExitOK
	case len(args) == 2 && args[0] == "line":
		words := splitLine(args[1])
		fmt.Fprintln(s.out, words[len(words)-1])
		answer(ctx, s.out, words[1:])
		return repl.ExitOK
	}
	f := newFlags("completion", "bash|zsh|fish", aboutCompletion, s)
	rest, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	if len(rest) != 1 || scripts[rest[0]] == "" {
		fmt.Fprintln(s.err, "kv completion: give one of bash, zsh, fish")
		return repl.ExitUsage
	}
	fmt.Fprint(s.out, scripts[rest[0]])
	return repl.ExitOK
}

// suggestWait bounds what a person waits for after the Tab key.
func suggestWait() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("KV_COMPLETION_WAIT")); err == nil && d > 0 {
		return d
	}
	return 300 * time.Millisecond
}

// answer prints what the last of the words may become.
func answer(ctx context.Context, w io.Writer, words []string) {
	if len(words) == 0 {
		words = []string{""}
	}
	ctx, cancel := context.WithTimeout(ctx, suggestWait())
	defer cancel()
	last := len(words) - 1
	out := bufio.NewWriter(w)
	defer out.Flush()
	for _, found := range suggest(ctx, words[:last], words[last]) {
		switch {
		case strings.ContainsAny(found.Word, "\n\t"): // no shell bears it
		case found.About != "":
			fmt.Fprintf(out, "%s\t%s\n", found.Word, found.About)
		default:
			fmt.Fprintln(out, found.Word)
		}
	}
}

// suggest returns what may follow words after kv.
func suggest(ctx context.Context, words []string, part string) []repl.Suggestion {
	if n := len(words); n > 0 && strings.HasPrefix(words[n-1], "-") {
		switch strings.TrimLeft(words[n-1], "-") {
		case "context":
			return named(contextNames(), part)
		case "o":
			return named(repl.Formats(), part)
		}
	}
	var to connection
	to.patience = suggestWait()
	f := commandFlags(new(shellFlags), &to)
	err := f.Parse(words)
	switch words = f.Args(); {
	case err != nil: // a flag wants a value that only the person knows
		return nil
	case len(words) == 0 && strings.HasPrefix(part, "-"):
		return f.suggest(part)
	case len(words) > 0:
		switch first := words[0]; {
		case first == "help":
			return suggestHelp(words[1:], part)
		case first == "context":
			return suggestContext(words[1:], part)
		case first == "completion":
			return named([]string{"bash", "fish", "zsh"}, part)
		case isSubcommand(first):
			return suggestFlags(first, part)
		}
	}
	if words, err = to.take(words); err != nil {
		return nil // as above
	}
	c, err := to.dial(suggestWait())
	if err != nil {
		return nil
	}
	defer to.close()
	found := repl.Suggest(ctx, repl.Config{Store: repl.NewStore(c), Out: io.Discard, Err: io.Discard}, words, part)
	switch {
	case len(words) == 0:
		found = append(subcommands(part), found...)
	case strings.HasPrefix(part, "-"):
		for _, s := range to.settings() {
			if word := "-" + s.name; strings.HasPrefix(word, part) {
				found = append(found, repl.Suggestion{Word: word, About: strings.ReplaceAll(s.help, "`", "")})
			}
		}
	}
	return found
}

// suggest are the flags that begin with part.
func (f *flags) suggest(part string) (found []repl.Suggestion) {
	f.VisitAll(func(fl *flag.Flag) {
		_, about := flag.UnquoteUsage(fl)
		for _, s := range named([]string{"-" + fl.Name}, part) {
			found = append(found, repl.Suggestion{Word: s.Word, About: about})
		}
	})
	return found
}

func isSubcommand(name string) bool {
	return slices.ContainsFunc(commands(), func(c command) bool { return c.name == name })
}

func subcommands(part string) (found []repl.Suggestion) {
	for _, c := range commands() {
		if strings.HasPrefix(c.name, part) {
			found = append(found, repl.Suggestion{Word: c.name, About: c.summary})
		}
	}
	return found
}

// suggestHelp are the words after `kv help`.
func suggestHelp(words []string, part string) []repl.Suggestion {
	found := repl.Suggest(context.Background(), repl.Config{Out: io.Discard, Err: io.Discard}, words, part)
	if len(words) == 0 {
		return append(subcommands(part), found...)
	}
	return slices.DeleteFunc(found, func(s repl.Suggestion) bool { return strings.HasPrefix(s.Word, "-") })
}

// suggestContext are the words after `kv context`.
func suggestContext(words []string, part string) []repl.Suggestion {
	switch {
	case strings.HasPrefix(part, "-"):
		return suggestFlags("context", part)
	case len(words) == 0:
		return named([]string{"add", "list", "remove", "show", "use"}, part)
	case len(words) == 1 && slices.Contains([]string{"remove", "show", "use"}, words[0]):
		return named(contextNames(), part)
	}
	return nil
}

func contextNames() []string {
	path, err := contexts.Path()
	if err != nil {
		return nil
	}
	b, err := contexts.Read(path)
	if err != nil {
		return nil
	}
	return b.Names()
}

func named(words []string, part string) (found []repl.Suggestion) {
	for _, w := range words {
		if strings.HasPrefix(w, part) {
			found = append(found, repl.Suggestion{Word: w})
		}
	}
	return found
}

var flagLine = regexp.MustCompile(`(?m)^  -(\S+).*\n\s+(.*)`)

// suggestFlags are the flags of a subcommand, which it lists itself.
func suggestFlags(name, part string) (found []repl.Suggestion) {
	if !strings.HasPrefix(part, "-") {
		return nil
	}
	var help bytes.Buffer
	for _, c := range commands() {
		if c.name == name && name != "help" && name != "version" {
			c.run(context.Background(), []string{"-help"}, streams{out: &help, err: io.Discard})
		}
	}
	for _, m := range flagLine.FindAllStringSubmatch(help.String(), -1) {
		if word := "-" + m[1]; strings.HasPrefix(word, part) {
			found = append(found, repl.Suggestion{Word: word, About: m[2]})
		}
	}
	return found
}

// splitLine splits a line of bash, of which only the beginning may be there, into its
// words; the last, which may be empty, is the one that is being typed. What bash would
// put in place of a $ stays as it is.
func splitLine(line string) []string {
	words, word := []string{}, strings.Builder{}
	var quote rune
	begun, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				words, begun = append(words, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	return append(words, word.String())
}
