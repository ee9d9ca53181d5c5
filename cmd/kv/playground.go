package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"kv/client"
	"kv/node/playground"
	"kv/repl"
)

const aboutPlayground = `Starts real nodes in this process, on loopback ports 8080… and 9090… (free ones
if those are taken), and the shell on them. Besides the shell's commands there
are those that stop, kill, pause, wipe and add nodes, and the faults of their disks
and of the network, such as partition n1 n2 | n3. Put a key, kill the leader, get the
key. With -f FILE, -c or a pipe for commands the playground runs them, and its exit
code is theirs: a scenario that checks itself. A second terminal can look on with:
kv repl ADDRESS.`

// playgroundFlags are what a person says about a playground.
type playgroundFlags struct {
	shell     shellFlags
	nodes     int
	freePorts bool
	dir       string
	seed      uint64
	tune      *tuneFlags
	verbose   bool
	echo      string
}

func (p *playgroundFlags) define(f *flags) {
	p.shell.define(f)
	p.shell.defineScript(f)
	f.IntVar(&p.nodes, "nodes", 0, fmt.Sprintf("`number` of nodes, 1 to %d (default 3)", playground.MaxNodes))
	f.BoolVar(&p.freePorts, "free-ports", false, "take any free ports, so that many playgrounds may run at a time")
	f.StringVar(&p.dir, "data", "", "`folder` to keep the nodes' data in (default: a temporary one that goes away)")
	f.Uint64Var(&p.seed, "seed", 0, seedHelp)
	p.tune = defineTune(f)
	f.BoolVar(&p.verbose, "v", false, "write the nodes' logs to standard error instead of a file")
	f.StringVar(&p.echo, "echo", "auto", "`when` to show the comments and commands of -f FILE as they are executed: auto (on a terminal), always or never")
}

func (p *playgroundFlags) check(rest []string) error {
	if err := p.shell.check(); err != nil {
		return err
	}
	if err := p.tune.check(); err != nil {
		return err
	}
	switch p.echo {
	case "auto", "always", "never":
	default:
		return fmt.Errorf("-echo is %q: give auto, always or never", p.echo)
	}
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	return nil
}

// readPlayground reads the arguments, and before them those that the first line of a
// scenario gives.
func readPlayground(args []string, s streams) (p *playgroundFlags, code int, ok bool) {
	args, scriptArgs := cutScriptArgs(args)
	p, rest, code, ok := parsePlayground(args, s)
	if !ok {
		return nil, code, false
	}
	own, err := ownFlags(p.shell.file)
	if err == nil && len(own) > 0 {
		if p, rest, code, ok = parsePlayground(append(own, args...), s); !ok {
			return nil, code, false
		}
	}
	p.shell.args = scriptArgs
	if p.shell.file != "" {
		rest, p.shell.args = nil, append(rest, scriptArgs...)
	}
	if err == nil {
		err = p.check(rest)
	}
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return nil, repl.ExitUsage, false
	}
	return p, 0, true
}

func parsePlayground(args []string, s streams) (p *playgroundFlags, rest []string, code int, ok bool) {
	p = new(playgroundFlags)
	f := newFlags("playground", "[FLAGS]", aboutPlayground, s)
	p.define(f)
	rest, code, ok = f.parse(args, s)
	return p, rest, code, ok
}

func runPlayground(ctx context.Context, args []string, s streams) int {
	p, code, ok := readPlayground(args, s)
	if !ok {
		return code
	}
	log, closeLog, err := playgroundLog(p.dir, p.verbose, s)
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitFailed
	}
	defer closeLog()
	luck := newChance(p.seed)
	cluster, err := openPlayground(ctx, playground.Config{Nodes: p.nodes, Dir: p.dir, FreePorts: p.freePorts, Logger: log, Seed: luck.seed, Tune: p.tune.apply})
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitFailed
	}
	defer cluster.Close()
	return p.open(ctx, cluster, luck, s)
}

// openPlayground opens the cluster; Ctrl-C gives up.
func openPlayground(ctx context.Context, cfg playground.Config) (*playground.Cluster, error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return playground.Open(ctx, cfg)
}

// open runs the shell on the playground, or what is to be run in its place.
func (p *playgroundFlags) open(ctx context.Context, cluster *playground.Cluster, luck *chance, s streams) int {
	c, err := client.Dial(cluster.Addresses())
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitFailed
	}
	defer c.Close()
	cfg := p.shell.config(repl.NewStore(c), s)
	cfg.Lab, cfg.Random = lab{cluster, luck}, luck.next
	cfg.Welcome = welcome(cluster)
	cfg.Verdict = p.shell.file != ""
	cfg.Echo = cfg.Verdict && (p.echo == "always" || p.echo == "auto" && repl.Printing(s.out))
	defer luck.tell(s.err)
	return p.shell.runShell(ctx, cfg, s)
}

// welcome tells how to reach the playground from elsewhere; the shell says the rest.
func welcome(cluster *playground.Cluster) []string {
	addrs := cluster.Addresses()
	return []string{
		fmt.Sprintf("%d nodes run in this process. From a second terminal: kv repl %s", len(addrs), addrs[0]),
	}
}

// playgroundLog keeps the nodes' logs away from the prompt: in DIR/playground.log
// if the data is kept, on standard error with -v, and else nowhere.
func playgroundLog(dir string, verbose bool, s streams) (func(name string) *slog.Logger, func() error, error) {
	var w io.Writer = s.err
	done := func() error { return nil }
	switch {
	case verbose:
	case dir == "":
		return nil, done, nil
	default:
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, nil, err
		}
		file, err := os.OpenFile(filepath.Join(dir, "playground.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, err
		}
		w, done = file, file.Close
	}
	handler := slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo})
	return func(name string) *slog.Logger { return slog.New(handler).With("node", name) }, done, nil
}
