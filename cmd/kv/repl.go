package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/cmd/kv/contexts"
	"kv/repl"
	"kv/repl/failure"
	"kv/repl/shell"
)

const defaultAddr = "localhost:8080"

const aboutRepl = `Opens the shell on a running cluster. Any member will do, and several addresses
are better than one: the shell finds the leader and follows it. Reads commands
from -c, from -f FILE, or from standard input if that is no terminal:

  kv repl localhost:8080 -c 'put a 1' -c 'get a'
  kv repl localhost:8080 -f check.kv -- n1     # $1 in check.kv is n1
  kv repl localhost:8080 -k < commands.kv

The first command that fails ends them, and its code is the exit code: 1 failed or
surely not done, 2 not understood, 3 not found, 4 nobody knows whether it was done,
5 no quorum. kv help format tells of the formats of answers.`

// shellFlags are the flags that every way into the shell has.
type shellFlags struct {
	color     string
	timeout   time.Duration
	keepGoing bool
	commands  texts
	file      string
	args      []string // of the file
	startup   string   // the file that is executed first, if it was named
	noStartup bool
	prompt    string
	format    string // of answers; "" is the default
	hex       bool
}

// texts is a flag that may be given several times.
type texts []string

// String implements flag.Value.
func (t *texts) String() string { return strings.Join(*t, "; ") }

// Set implements flag.Value.
func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

func (sf *shellFlags) define(f *flags) {
	f.StringVar(&sf.color, "color", "auto", "`when` to use colors: auto, always or never")
	f.DurationVar(&sf.timeout, "timeout", 10*time.Second, "how long one command may take")
	f.StringVar(&sf.format, "o", "", "`format` of answers: "+strings.Join(repl.Formats(), ", ")+" (default table at a prompt, plain elsewhere)")
	f.BoolVar(&sf.hex, "hex", false, "show keys and values in hexadecimal")
}

func (sf *shellFlags) defineScript(f *flags) {
	f.Var(&sf.commands, "c", "run these `commands`, separated by semicolons, instead of a shell; may be given again")
	f.StringVar(&sf.file, "f", "", "run the commands of this `file` instead of a shell; what follows -- are its $1, $2, …")
	f.StringVar(&sf.startup, "rc", "", "run the commands of this `file` before all else, in scripts as well (default, in a shell only: kv/kvrc in the folder of settings)")
	f.BoolVar(&sf.noStartup, "norc", false, "run no start-up file")
	f.StringVar(&sf.prompt, "prompt", repl.DefaultPrompt, "`template` of the prompt; {leader} is for use, too")
	f.BoolVar(&sf.keepGoing, "k", false, "keep going after a command that failed")
}

func (sf *shellFlags) check() error {
	switch sf.color {
	case "auto", "always", "never":
	default:
		return fmt.Errorf("-color is %q: give auto, always or never", sf.color)
	}
	if err := repl.CheckPrompt(sf.prompt); err != nil {
		return fmt.Errorf("-prompt: %w", err)
	}
	if err := repl.CheckFormat(sf.format); err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	switch {
	case len(sf.commands) > 0 && sf.file != "":
		return fmt.Errorf("-c and -f both say what to run: give one of them")
	case len(sf.args) > 0 && sf.file == "":
		return fmt.Errorf("%q follows --: that is for the arguments of a script, which -f FILE names", sf.args[0])
	case sf.startup != "" && sf.noStartup:
		return fmt.Errorf("-rc and -norc exclude each other: give one of them")
	}
	return nil
}

func (sf *shellFlags) config(store repl.Store, s streams) repl.Config {
	return repl.Config{
		Store: store, In: s.in, Out: s.out, Err: s.err,
		Color: sf.color, Timeout: sf.timeout, KeepGoing: sf.keepGoing,
		HistoryFile: historyFile(), Startup: sf.startup, Prompt: sf.prompt,
		Format: sf.format, Hex: sf.hex,
	}
}

// runShell runs what the flags say: commands, a file, a pipe, or the shell.
func (sf *shellFlags) runShell(ctx context.Context, cfg repl.Config, s streams) int {
	script := cfg.In
	switch {
	case len(sf.commands) > 0:
		script = strings.NewReader(strings.Join(sf.commands, "\n"))
	case sf.file != "":
		file, err := os.Open(sf.file)
		if err != nil {
			fmt.Fprintf(s.err, "kv: %v\n", err)
			return repl.ExitUsage
		}
		defer file.Close()
		script = file
		cfg.ScriptFile, cfg.ScriptArgs = sf.file, sf.args
	case repl.Terminal(s.in, s.out):
		cfg.Interactive = true
		if cfg.Startup == "" && !sf.noStartup {
			cfg.Startup = startupFile()
		}
		return repl.Run(ctx, cfg)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	return repl.RunScript(ctx, cfg, script)
}

// startupFile is the file that every shell executes first, "" if there is none.
func startupFile() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	file := filepath.Join(dir, "kv", "kvrc")
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return ""
	}
	return file
}

// cutScriptArgs takes what follows `--` off arguments.
func cutScriptArgs(args []string) (rest, script []string) {
	i := slices.Index(args, "--")
	if i < 0 {
		return args, nil
	}
	return args[:i], args[i+1:]
}

// addresses splits HOST:PORT,HOST:PORT.
func addresses(list ...string) []string {
	var all []string
	for _, a := range strings.Split(strings.Join(list, ","), ",") {
		if a = strings.TrimSpace(a); a != "" {
			all = append(all, a)
		}
	}
	return all
}

func runRepl(ctx context.Context, args []string, s streams) int {
	var sf shellFlags
	f := newFlags("repl", "HOST:PORT[,HOST:PORT…] [FLAGS]", aboutRepl, s)
	sf.define(f)
	sf.defineScript(f)
	var to connection
	defer to.close()
	to.define(f)
	args, sf.args = cutScriptArgs(args)
	rest, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	if err := sf.check(); err != nil {
		fmt.Fprintf(s.err, "kv repl: %v\n", err)
		return repl.ExitUsage
	}
	c, err := to.dial(sf.patience(s), rest...)
	if err == nil {
		err = sf.fromContext(to.used)
	}
	if err != nil {
		return refuse("kv repl", sf.format, err, s)
	}
	cfg := sf.config(repl.NewSwitch(c, to.connect), s)
	cfg.Clusters = contextNames
	return sf.runShell(ctx, cfg, s)
}

// runOnce runs one command of the shell: kv put a 1.
func runOnce(ctx context.Context, given, words []string, s streams) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	var sf shellFlags
	var to connection
	defer to.close()
	err := commandFlags(&sf, &to).Parse(given)
	if err == nil {
		err = sf.check()
	}
	if err == nil {
		words, err = to.take(words)
	}
	var c *client.Client
	if err == nil {
		c, err = to.dial(shortPatience)
	}
	if err == nil {
		err = sf.fromContext(to.used)
	}
	if err != nil {
		return refuse("kv", formatOf(sf.format, words), err, s)
	}
	return repl.RunCommand(ctx, sf.config(repl.NewStore(c), s), words)
}

// formatOf is the format that the words of a command ask for, or given.
func formatOf(given string, words []string) string {
	for i, w := range words {
		name, value, joined := strings.Cut(w, "=")
		switch {
		case w == "--":
			return given
		case name != "-o" && name != "--o":
			continue
		case joined:
			given = value
		case i+1 < len(words):
			given = words[i+1]
		}
	}
	return given
}

// refuse says why nothing was tried: to programs that read JSON as an object, too.
func refuse(name, format string, err error, s streams) int {
	if format != "json" && format != "jsonl" {
		fmt.Fprintf(s.err, "%s: %v\n", name, err)
		return repl.ExitUsage
	}
	return repl.RunTask(context.Background(), repl.Config{Out: s.out, Err: s.err, Format: format}, func(*shell.Session) error {
		return failure.Usagef("%v", err)
	})
}

// patience is how long commands look for a member: a person wants to know soon, a script
// may have been started together with its cluster.
func (sf *shellFlags) patience(s streams) time.Duration {
	if len(sf.commands) == 0 && sf.file == "" && repl.Terminal(s.in, s.out) {
		return shortPatience
	}
	return 0
}

// fromContext takes from a context what no flag has said.
func (sf *shellFlags) fromContext(c contexts.Context) error {
	if sf.format == "" {
		sf.format = c.Output
	}
	if c.Prompt != "" && (sf.prompt == "" || sf.prompt == repl.DefaultPrompt) {
		sf.prompt = c.Prompt
	}
	if err := repl.CheckFormat(sf.format); err != nil {
		return fmt.Errorf("the context's output: %w", err)
	}
	return nil
}
