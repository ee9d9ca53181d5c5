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

// run finds the subcommand and runs it.
func run(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 {
		printUsage(s.err)
		return repl.ExitUsage
	}
	name, rest := args[0], args[1:]
	switch strings.TrimLeft(name, "-") {
	case "h", "help":
		return runHelp(ctx, rest, s)
	case "version":
		return runVersion(ctx, rest, s)
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, rest, s)
		}
	}
	return runOnce(ctx, args, s)
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "kv is a replicated key-value store with a shell.\n\nUsage:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  kv %-42s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprint(w, "\nAny command of the shell can be run by itself, against -addr, KV_ADDR or a context (default localhost:8080):\n")
	fmt.Fprintf(w, "  kv %s\n", strings.Join(repl.OneShot(), ", kv "))
	fmt.Fprint(w, "\nBegin with: kv playground\n")
}

func runVersion(_ context.Context, _ []string, s streams) int {
	fmt.Fprintf(s.out, "kv %s\n", node.Version)
	return repl.ExitOK
}

func runHelp(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 {
		printUsage(s.out)
		return repl.ExitOK
	}
	for _, c := range commands() {
		if c.name == args[0] && c.name != "help" && c.name != "version" {
			c.run(ctx, []string{"-help"}, s)
			return repl.ExitOK
		}
	}
	return repl.Manual(repl.Config{Out: s.out, Err: s.err}, args)
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
