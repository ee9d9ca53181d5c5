package term

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chzyer/readline"
)

var _ Line = (*editor)(nil)

// editor is readline with its known faults kept out of reach: see
// ../DESIGN.md. Its goroutine calls filterKey for each key before it looks at it.
type editor struct {
	rl   *readline.Instance
	keys *keyReader
	out  io.Writer
	raw  rawMode

	columns func() int
	resized func()      // tells readline of a new width; only its goroutine may
	empty   atomic.Bool // nothing has been typed

	// mu guards what follows and keeps a redraw of the prompt out of the moment
	// in which a line ends and the output of its command begins.
	mu      sync.Mutex
	prompt  string // wanted
	shown   string // drawn
	fixed   bool   // shown is for this line alone
	left    bool   // Ctrl-D ended the line
	typing  bool   // a line is being typed: the prompt may be redrawn
	menu    bool   // a menu or search may be open: it may not, nor may the width change
	width   int
	delete  bool // the next CharDelete is the Delete key, not Ctrl-D
	closing sync.Once
}

// Open opens the editor on a terminal. historyFile may be "" and complete nil. There
// may be one editor a process.
func Open(in, out *os.File, historyFile string, complete Complete) (Line, error) {
	prepareHistory(historyFile)
	e := &editor{keys: newKeyReader(in), out: out, raw: rawMode{fd: int(in.Fd())}}
	e.columns = func() int { return Width(out) }
	e.width = e.columns()
	e.empty.Store(true)
	cfg := &readline.Config{
		Stdin: e.keys, Stdout: out, Stderr: out,
		HistoryFile: historyFile, HistorySearchFold: true, DisableAutoSaveHistory: true,
		InterruptPrompt: "^C", EOFPrompt: "\n",
		Painter: markPainter{}, Listener: readline.FuncListener(e.changed),
		FuncFilterInputRune: e.filterKey, FuncIsTerminal: func() bool { return true },
		FuncMakeRaw: e.raw.enter, FuncExitRaw: e.raw.exit,
		FuncGetWidth: e.columns, FuncOnWidthChanged: func(f func()) { e.resized = f },
	}
	if complete != nil {
		cfg.AutoComplete = menu{e, complete}
	}
	rl, err := readline.NewEx(cfg)
	if err != nil {
		return nil, fmt.Errorf("open line editor: %w", err)
	}
	e.rl = rl
	return e, nil
}

// ReadLine implements Line.
func (e *editor) ReadLine(instead string) (string, error) {
	e.begin(instead)
	defer e.end()
	// Bracketed paste: what is pasted comes between two marks (see keyFilter).
	io.WriteString(e.out, "\x1b[?2004h")
	defer io.WriteString(e.out, "\x1b[?2004l")
	text, err := e.rl.Readline()
	switch {
	case errors.Is(err, readline.ErrInterrupt):
		return "", ErrInterrupted
	case err != nil && e.leaves():
		return "", ErrLeave
	case err != nil:
		return "", err
	case e.keys.ended.Load():
		// readline ends a half typed line for the person whose terminal is gone.
		return "", io.EOF
	}
	return unmark(text), nil
}

func (e *editor) begin(instead string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shown, e.fixed = e.prompt, instead != ""
	if e.fixed {
		e.shown = instead
	}
	e.rl.SetPrompt(e.shown)
	e.typing, e.menu, e.left = !e.fixed, false, false
}

// leaves reports whether it was Ctrl-D that ended the line.
func (e *editor) leaves() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.left && !e.keys.ended.Load()
}

func (e *editor) isFixed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fixed
}

func (e *editor) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.typing = false
}

// SetPrompt implements Line.
func (e *editor) SetPrompt(prompt string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prompt = prompt
	e.redraw()
}

// redraw shows the wanted prompt if the screen can bear it now. The old one is
// wiped first, since readline wipes as many rows as the new one would take.
// The caller holds mu.
func (e *editor) redraw() {
	if !e.typing || e.menu || e.shown == e.prompt || e.fixed {
		return
	}
	e.shown = e.prompt
	e.rl.Clean()
	e.rl.SetPrompt(e.shown)
	e.rl.Refresh()
}

// Remember implements Line. Newlines become marks, so that a text stays one line
// of the history file and comes back as it was typed.
func (e *editor) Remember(text string) {
	if strings.TrimSpace(text) == "" || strings.HasPrefix(text, " ") {
		return
	}
	// Without its file the history still works for this session.
	_ = e.rl.SaveHistory(mark(text))
}

// Close implements Line. readline's own Close would leave its goroutine behind,
// for want of room in a channel: its parts are closed one by one.
func (e *editor) Close() error {
	var err error
	e.closing.Do(func() {
		e.keys.Close()
		err = e.rl.Terminal.Close()
		e.rl.Operation.Close()
	})
	return err
}

// changed hears of the line after each key.
func (e *editor) changed(line []rune, _ int, _ rune) ([]rune, int, bool) {
	e.empty.Store(len(line) == 0)
	return nil, 0, false
}
