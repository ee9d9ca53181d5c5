// Package repl is the shell of kv, put together of its rooms: a line becomes words
// (syntax), the words find a row of the command table and run it (shell and the rooms of
// commands), the row asks the cluster, and a printer tells what came of it (out,
// failure). The prompt (term), a script, a pipe and a single command of the operating
// system's shell all go this one way. The shell knows neither Raft nor gRPC: a cluster
// is a Store, the nodes of a playground are a Lab.
package repl

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"kv/client/linear"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/term"
)

// The exit codes of Run, RunScript and RunCommand. A script that goes on after
// errors returns the code of its first one.
const (
	ExitOK       = failure.ExitOK
	ExitFailed   = failure.ExitFailed
	ExitUsage    = failure.ExitUsage
	ExitNotFound = failure.ExitNotFound
	ExitUnknown  = failure.ExitUnknown
	ExitNoQuorum = failure.ExitNoQuorum
	ExitViolated = failure.ExitViolated
	ExitNoAnswer = failure.ExitNoAnswer
)

// Config is all a session needs. It is not changed after it was handed in.
type Config struct {
	// Store is the cluster. Required.
	Store Store
	// Lab is the playground under the shell; nil hides its commands.
	Lab Lab

	// Clusters returns the names that `connect` knows besides addresses; nil if there are
	// none.
	Clusters func() []string

	// In is where Run reads from. An interactive session needs an *os.File.
	In io.Reader
	// Out takes results, Err takes errors and remarks. Required; they may be the
	// same writer. Only the goroutine that calls Run writes to them, except for
	// the line editor, which draws on Out while it waits for a line, and a program
	// behind `|`, while Run waits for it.
	Out, Err io.Writer

	// Interactive asks for a prompt, line editing and output meant for people.
	// Terminal tells whether In and Out can bear it. While an interactive session
	// runs it owns os.Interrupt: the caller must not end ctx on that signal.
	Interactive bool
	// KeepGoing lets a script go on after a command that failed.
	KeepGoing bool
	// Echo has a script be read by a person: its comments and commands are shown as it
	// comes to them, and what they print as at the prompt.
	Echo bool
	// Verdict has a script say at the end how many of its expectations have held.
	Verdict bool
	// Color is "auto" (the default if empty), "always" or "never". "auto" colors
	// a terminal unless NO_COLOR is set and not empty, or TERM is "dumb".
	Color string
	// Format is how answers are printed, "" for tables at a prompt and plain elsewhere; one
	// of out's formats. Hex shows keys and values in hexadecimal.
	Format string
	Hex    bool
	// Width is the width of tables in columns; 0 asks the terminal behind Out,
	// or sets no limit if there is none.
	Width int
	// HistoryFile keeps the typed lines, mode 0600; empty keeps none. Its folder
	// is made if it is missing. A line that begins with a space is not kept.
	HistoryFile string
	// ScriptFile is the name of the file that RunScript is given, "" if it is none:
	// errors name it, and what it sources is relative to it. ScriptArgs are what $1, $2
	// and so on stand for in it.
	ScriptFile string
	ScriptArgs []string
	// Startup is a file of commands that is executed before all else; "" is none.
	Startup string
	// Timeout bounds one command. 0 means 10 s.
	Timeout time.Duration
	// Prompt is the template of the prompt; empty means DefaultPrompt.
	Prompt string
	// Refresh is the longest pause between two looks at the cluster's health for the
	// prompt, which looks anyhow when a member has news. 0 means 10 s.
	Refresh time.Duration
	// Welcome are lines printed above the first prompt, such as addresses.
	Welcome []string
	// Random makes the seeds of load and chaos where none is given; nil means any.
	Random func() uint64
	// Now is the clock that measures commands; nil means time.Now.
	Now func() time.Time

	more []shell.Room // further commands, for tests
}

// Run reads commands from cfg.In until it ends or `exit` is read, and returns an
// exit code. An interactive session returns ExitOK unless it cannot begin.
func Run(ctx context.Context, cfg Config) int {
	if cfg.Interactive {
		return runInteractive(ctx, cfg)
	}
	return RunScript(ctx, cfg, cfg.In)
}

// CheckFormat finds what is wrong with the name of a format; "" is the default.
func CheckFormat(name string) error {
	if name == "" || out.IsFormat(name) {
		return nil
	}
	return fmt.Errorf("%q is no format; give one of %s", name, strings.Join(out.Formats(), ", "))
}

// Formats returns the names of the formats.
func Formats() []string { return out.Formats() }

// Terminal reports whether a person sits at both ends, so that an interactive
// session makes sense.
func Terminal(in io.Reader, out io.Writer) bool { return term.Is(in) && term.Is(out) }

// Printing reports whether what is written to out is read by a person.
func Printing(out io.Writer) bool { return term.Is(out) }

// newSession makes the session of a configuration.
func newSession(cfg Config, human bool) *shell.Session {
	history := linear.New(0)
	store := cfg.Store
	if store != nil {
		store = recorded{store, history}
	}
	s := shell.New(shell.Config{
		Rooms: append(rooms(store, cfg.Lab, proving(cfg, history), cfg.Clusters), cfg.more...), Lab: cfg.Lab != nil, Printer: newPrinter(cfg, human),
		KeepGoing: cfg.KeepGoing, Echo: cfg.Echo, Timeout: cfg.Timeout, Now: cfg.Now,
		Height: func() int { return term.Height(cfg.Out) },
	})
	s.Mute = func() func() { return term.Mute(cfg.In) }
	return s
}

func newPrinter(cfg Config, human bool) *out.Printer {
	ink := func(w io.Writer) out.Palette { return out.NewPalette(useColor(cfg, w)) }
	width := func() int { return term.Width(cfg.Out) }
	if cfg.Width > 0 {
		width = func() int { return cfg.Width }
	}
	return &out.Printer{Out: cfg.Out, Err: cfg.Err, Ink: ink(cfg.Out), ErrInk: ink(cfg.Err), Human: human, Width: width,
		Format: out.Format(cfg.Format), Hex: cfg.Hex}
}

func useColor(cfg Config, w io.Writer) bool { return out.UseColor(cfg.Color, term.Is(w)) }
