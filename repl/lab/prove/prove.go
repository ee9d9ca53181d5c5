// Package prove holds the commands that put load on a cluster, break it meanwhile, and
// check whether all that its clients saw is as if there were one store that does one
// thing at a time.
package prove

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kv/client/linear"
	"kv/client/lossy"
	"kv/repl/shell"
)

// Client is one client of the cluster.
type Client interface {
	linear.Conn
	operator
	// Members returns the names of the members, as far as they are known.
	Members(ctx context.Context) ([]string, error)
	// Close ends the client.
	Close() error
}

// Config is what the commands deal with.
type Config struct {
	// History is what the session's own commands are noted in.
	History *linear.History
	// Dial opens one more client of the cluster, which loses answers if it is told how.
	Dial func(lossy.Lose) (Client, error)
	// Random makes the seeds of what is given none; nil means any.
	Random func() uint64
	// Lab is the playground; nil if there is none.
	Lab Lab
}

// Room returns the commands. The configuration may be empty where they are only listed.
func Room(cfg Config) shell.Room {
	if cfg.Random == nil {
		cfg.Random = rand.Uint64
	}
	r := &rows{cfg: cfg}
	return shell.Room{Commands: r.commands(), Words: map[*shell.Kind]shell.Words{kindFault: faultWords}}
}

// rows are the commands with what they deal with.
type rows struct {
	cfg Config

	mu      sync.Mutex
	load    *load // guarded by mu; nil unless one runs
	last    *load // guarded by mu; the one that ran last
	clients int   // guarded by mu; how many a load has had so far, for their numbers
}

// kindRate is how often: 500/s, 500, 30/m.
var kindRate = &shell.Kind{Read: readRate, Words: []string{"stop"}}

var (
	kindMix   = &shell.Kind{Read: complain(func(word string) error { _, err := readMix(word); return err })}
	kindFault = &shell.Kind{Read: complain(func(word string) error { _, err := faultsNamed(word); return err })}
	kindSeed  = shell.KindNumber
)

// complain makes Kind.Read of a function that reads a word.
func complain(read func(word string) error) func(string) (uint64, string) {
	return func(word string) (uint64, string) {
		if err := read(word); err != nil {
			return 0, err.Error()
		}
		return 0, ""
	}
}

// faultWords completes the last fault of a list.
func faultWords(_ context.Context, word string) ([]string, error) {
	before := word[:strings.LastIndex(word, ",")+1]
	var words []string
	for _, name := range faultNames() {
		if !slices.Contains(strings.Split(before, ","), name) {
			words = append(words, before+name)
		}
	}
	return words, nil
}

// readRate returns how many operations a second, times a thousand; 0 stands for stop.
func readRate(word string) (uint64, string) {
	const complaint = "wants a rate such as 500/s, or stop"
	if word == "stop" {
		return 0, ""
	}
	count, unit, _ := strings.Cut(word, "/")
	per, ok := map[string]float64{"": 1, "s": 1, "m": 60}[unit]
	n, err := strconv.ParseFloat(count, 64)
	switch {
	case !ok || err != nil:
		return 0, complaint
	case n/per < 0.001 || n/per > maxRate:
		return 0, "wants a rate from 1/m to " + strconv.Itoa(maxRate) + "/s"
	}
	return uint64(n / per * 1000), ""
}

// Bounds of a load.
const (
	maxRate    = 100_000
	maxClients = 256
	maxKeys    = 100_000
)

// defaults of the options.
const (
	defaultClients = 8
	defaultKeys    = 5
	defaultPatient = 30 * time.Second
	defaultFor     = 60 * time.Second
	defaultPace    = time.Second
)

func (r *rows) commands() []shell.Command {
	clients := shell.Option{Name: "clients", Value: "N", Kind: shell.KindPositive, Help: "how many clients there are"}
	keys := shell.Option{Name: "keys", Value: "N", Kind: shell.KindPositive, Help: "how many keys they share (5)"}
	mix := shell.Option{Name: "mix", Value: "MIX", Kind: kindMix, Help: "what they do, also delete=N and txn=N: put=60,get=30,cas=10"}
	page := shell.Option{Name: "o", Value: "FORMAT|FILE", Kind: shell.KindOutput, Help: "print it in a format, or write porcupine's picture of it to FILE.html"}
	within := shell.Option{Name: "within", Value: "TIME", Kind: shell.KindDuration, Help: "how long the check may take (30s)"}
	return []shell.Command{
		{
			Name: "load", Group: shell.GroupProve, Run: r.runLoad, Check: checkBounds,
			Args:    []shell.Arg{{Name: "RATE", Kind: kindRate, Optional: true}},
			Options: []shell.Option{mix, clients, keys, {Name: "stale", Help: "read whatever a member has, from any of them"}},
			Summary: "put load on the cluster in the background, or show it",
			Help: "Clients, each with a connection of its own, put, get and compare-and-set a few keys\n" +
				"load/…, so that they meet, and all that they see is noted for `check`. `load stop` ends\n" +
				"it, `load` alone shows it, and the prompt shows it all the time. A third of the reads,\n" +
				"and all with -stale, go to any member. Its keys stay: delete load/ -prefix\n",
			Example: "load 500/s -clients 8",
		},
		{
			Name: "check", Group: shell.GroupProve, Run: r.runCheck, Endless: true,
			Options: []shell.Option{{Name: "without-stale", Help: "leave out the reads that asked for stale answers"}, within, page},
			Summary: "is all that clients saw so far linearizable?",
			Help: "Says whether there is an order of all operations of the load, and of this session's\n" +
				"put, get and delete, that explains every answer: each has its effect at one moment\n" +
				"between its beginning and its end. What has no answer may take effect at any later time.\n" +
				"If there is none it shows the fewest operations that prove it, and ends with exit code\n" +
				"6; if the time is over first, with 7. A transaction of the load is an operation for each\n" +
				"of its keys. Stale reads count, but for a look at what members have, such as get a @all.\n",
			Example: "check -o picture.html",
		},
		{
			Name: "chaos", Group: shell.GroupProve, Lab: true, Run: r.runChaos, Endless: true, Check: checkBounds,
			Options: []shell.Option{
				{Name: "seed", Value: "N", Kind: kindSeed, Help: "decides what happens and when; without it a new one"},
				{Name: "for", Value: "TIME", Kind: shell.KindDuration, Help: "how long (60s)"},
				{Name: "faults", Value: "LIST", Kind: kindFault, Help: "what may happen, such as kill,cut; without it all"},
				{Name: "rate", Value: "RATE", Kind: kindRate, Help: "of the load (200/s)"},
				clients, keys, mix,
				{Name: "pace", Value: "TIME", Kind: shell.KindDuration, Help: "about how long a fault lasts (1s)"},
				page, within,
			},
			Summary: "break the playground at random under load, heal it, and check",
			Help: "The seed alone decides which faults come when, so that a run can be made\n" +
				"again. At the end, and after Ctrl-C, all is healed; then the members have to\n" +
				"agree, byte by byte, and what the clients saw has to be linearizable. The\n" +
				"exit code is 0 if so, 6 if not, 7 if nobody can say. RATE is offered: what clients\n" +
				"cannot do while nobody leads is not made up for.\n" + faultHelp(),
			Example: "chaos -seed 42 -for 60s",
		},
	}
}

// checkBounds refuses loads that would only hurt.
func checkBounds(c *shell.Command, a shell.Args) error {
	switch {
	case a.Number("clients") > maxClients:
		return c.Misuse("-clients is at most %d", maxClients)
	case a.Number("keys") > maxKeys:
		return c.Misuse("-keys is at most %d", maxKeys)
	case a.Get("rate") == "stop":
		return c.Misuse("-rate wants a rate such as 200/s")
	case a.Get("RATE") == "stop" && (a.Has("mix") || a.Has("clients") || a.Has("keys") || a.Has("stale")):
		return c.Misuse("load stop takes no options")
	}
	return nil
}
