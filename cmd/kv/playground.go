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

func runPlayground(ctx context.Context, args []string, s streams) int {
	var sf shellFlags
	f := newFlags("playground", "[FLAGS]", aboutPlayground, s)
	sf.define(f)
	sf.defineScript(f)
	nodes := f.Int("nodes", 0, fmt.Sprintf("`number` of nodes, 1 to %d (default 3)", playground.MaxNodes))
	free := f.Bool("free-ports", false, "take any free ports, so that many playgrounds may run at a time")
	dir := f.String("data", "", "`folder` to keep the nodes' data in (default: a temporary one that goes away)")
	seed := f.Uint64("seed", 0, seedHelp)
	tune := defineTune(f)
	verbose := f.Bool("v", false, "write the nodes' logs to standard error instead of a file")
	args, sf.args = cutScriptArgs(args)
	rest, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	if sf.file != "" {
		rest, sf.args = nil, append(rest, sf.args...)
	}
	err := sf.check()
	if err == nil {
		err = tune.check()
	}
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unexpected argument %q", rest[0])
	}
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitUsage
	}
	log, closeLog, err := playgroundLog(*dir, *verbose, s)
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitFailed
	}
	defer closeLog()
	luck := newChance(*seed)
	cluster, err := openPlayground(ctx, playground.Config{Nodes: *nodes, Dir: *dir, FreePorts: *free, Logger: log, Seed: luck.seed, Tune: tune.apply})
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitFailed
	}
	defer cluster.Close()
	return playgroundShell(ctx, cluster, luck, &sf, s)
}

// openPlayground opens the cluster; Ctrl-C gives up.
func openPlayground(ctx context.Context, cfg playground.Config) (*playground.Cluster, error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return playground.Open(ctx, cfg)
}

func playgroundShell(ctx context.Context, cluster *playground.Cluster, luck *chance, sf *shellFlags, s streams) int {
	c, err := client.Dial(cluster.Addresses())
	if err != nil {
		fmt.Fprintf(s.err, "kv playground: %v\n", err)
		return repl.ExitFailed
	}
	defer c.Close()
	cfg := sf.config(repl.NewStore(c), s)
	cfg.Lab, cfg.Random = lab{cluster, luck}, luck.next
	cfg.Welcome = welcome(cluster)
	defer luck.tell(s.err)
	return sf.runShell(ctx, cfg, s)
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
