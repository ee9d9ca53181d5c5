package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"kv/node"
	"kv/repl"
	"kv/repl/out"
	"kv/repl/shell"
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one subcommand. Its run returns the exit code of the process.
type command struct {
	name, args, summary string
	run                 func(ctx context.Context, args []string, s streams) int
}

// commands is the table of subcommands. Every command of the shell that needs no
// shell is one as well: `kv put a 1`.
func commands() []command {
	return []command{
		{"playground", "[FLAGS]", "start three real nodes in this process and a shell on them", runPlayground},
		{"node", "[FLAGS]", "run one member of a cluster", runNode},
		{"repl", "HOST:PORT[,HOST:PORT…] [FLAGS]", "open a shell on a running cluster", runRepl},
		{"bench", "[HOST:PORT[,HOST:PORT…]] [FLAGS]", "put load on a cluster and tell how fast it is", runBench},
		{"context", "add|use|list|show|remove", "keep clusters by name", runContext},
		{"completion", "bash|zsh|fish", "print a script that completes kv in your shell", runCompletion},
		{"version", "", "print the version", runVersion},
		{"help", "[COMMAND]", "explain a command", runHelp},
	}
}

// run finds the subcommand and runs it. It gets the flags that stand before its name:
// `kv -o json members` is `kv members -o json`.
func run(ctx context.Context, args []string, s streams) int {
	if len(args) > 0 && strings.TrimLeft(args[0], "-") == "version" {
		return runVersion(ctx, args[1:], s)
	}
	flags, words, err := leadingFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return runHelp(ctx, append(flags[:len(flags)-1], words...), s) // -h is the last of them
	case err != nil:
		fmt.Fprintf(s.err, "kv: %v; `kv help` shows how it is written\n", err)
		return repl.ExitUsage
	case len(words) == 0:
		printUsage(s.err)
		return repl.ExitUsage
	}
	for _, c := range commands() {
		if c.name == words[0] {
			return c.run(ctx, append(flags, words[1:]...), s)
		}
	}
	return runOnce(ctx, flags, words, s)
}

// leadingFlags splits off the flags before the first word.
func leadingFlags(args []string) (flags, words []string, err error) {
	f := commandFlags(new(shellFlags), new(connection))
	err = f.Parse(args)
	at := len(args) - f.NArg()
	return slices.Clip(args[:at]), args[at:], err
}

// commandFlags are those of a command of the shell that is run by itself.
func commandFlags(sf *shellFlags, to *connection) *flags {
	f := newFlags("", "", "", streams{})
	f.SetOutput(io.Discard)
	sf.define(f)
	to.define(f)
	return f
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "kv is a replicated key-value store with a shell.\n\nUsage:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  kv %-42s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprint(w, "\nCommands of the shell can be run by themselves, as in `kv put a 1`; the cluster is in\n"+
		"-addr, KV_ADDR or a context, else at localhost:8080; `kv help put` explains one:\n")
	for _, line := range filled(repl.OneShot(), 76) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	fmt.Fprint(w, "\nFlags may stand before the name: -o json, -hex, -timeout 3s, -color never, -addr HOST:PORT …\n")
	fmt.Fprint(w, "\nBegin with: kv playground\n")
}

// filled joins words by commas to lines of at most so many bytes, if the words allow.
func filled(words []string, width int) (lines []string) {
	line := ""
	for i, word := range words {
		if i < len(words)-1 {
			word += ","
		}
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

func runVersion(ctx context.Context, args []string, s streams) int {
	return runTask(ctx, "version", "Prints the version.", args, s, func(_ []string, session *shell.Session) error {
		return session.One(out.Record{out.Text("version", node.Version)}, func() error { return session.Line("version", "kv "+node.Version) })
	})
}

func runHelp(ctx context.Context, args []string, s streams) int {
	return runTask(ctx, "help", "Explains a command, of kv or of its shell.", args, s, func(words []string, session *shell.Session) error {
		if len(words) == 0 && !session.ForPrograms() {
			printUsage(session.Out)
			return nil
		}
		for _, c := range commands() {
			if len(words) > 0 && c.name == words[0] {
				c.run(ctx, []string{"-help"}, streams{s.in, session.Out, s.err})
				return nil
			}
		}
		return session.Manual(words)
	})
}

// runTask runs what needs no cluster, and answers as a command of the shell does. It takes
// the flags of a cluster all the same: an alias of kv may have them.
func runTask(ctx context.Context, name, about string, args []string, s streams, do func(words []string, session *shell.Session) error) int {
	var sf shellFlags
	f := newFlags(name, "[WORD…] [FLAGS]", about, s)
	sf.define(f)
	new(connection).define(f)
	words, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	return sf.task(ctx, s, func(session *shell.Session) error { return do(words, session) })
}

// task runs do as a command of the shell that needs no cluster.
func (sf *shellFlags) task(ctx context.Context, s streams, do func(*shell.Session) error) int {
	if err := sf.check(); err != nil {
		fmt.Fprintf(s.err, "kv: %v\n", err)
		return repl.ExitUsage
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	return repl.RunTask(ctx, sf.config(nil, s), do)
}

// flags is a flag set whose flags may also come from the environment.
type flags struct {
	*flag.FlagSet
	env map[string]string // flag name to environment variable
}

func newFlags(name, args, about string, s streams) *flags {
	f := &flags{flag.NewFlagSet("kv "+name, flag.ContinueOnError), map[string]string{}}
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "Usage: kv %s %s\n\n%s\n\nFlags (one dash or two):\n", name, args, about)
		f.PrintDefaults()
	}
	return f
}

// fromEnv lets a flag that is not given be taken from an environment variable.
func (f *flags) fromEnv(name, variable string) { f.env[name] = variable }

// parse reads the arguments, which may stand before, between and after the flags,
// and then the environment. On a mistake it says so in one line and returns false.
func (f *flags) parse(args []string, s streams) (rest []string, code int, ok bool) {
	f.SetOutput(io.Discard) // the flag package writes the whole usage below a mistake
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			f.SetOutput(s.out) // it was asked for
			f.Usage()
			return nil, repl.ExitOK, false
		}
		if err != nil {
			fmt.Fprintf(s.err, "%s: %v; see `%s -help`\n", f.Name(), err, f.Name())
			return nil, repl.ExitUsage, false
		}
		if f.NArg() == 0 {
			break
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
	if err := f.readEnv(); err != nil {
		fmt.Fprintf(s.err, "%s: %v\n", f.Name(), err)
		return nil, repl.ExitUsage, false
	}
	return rest, 0, true
}

func (f *flags) readEnv() error {
	given := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	names := make([]string, 0, len(f.env))
	for name := range f.env {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := os.Getenv(f.env[name])
		if given[name] || value == "" {
			continue
		}
		if err := f.Set(name, value); err != nil {
			return fmt.Errorf("invalid value %q in %s: it is no number", value, f.env[name])
		}
	}
	return nil
}

// interruptible returns a context that also ends with Ctrl-C.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt)
}
