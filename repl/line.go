package repl

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

// Line is a line editor: the one thing of a terminal that the shell knows.
type Line interface {
	// ReadLine returns the next line without its newline; a pasted one may hold
	// newlines inside. instead is a prompt for this line alone, "" for the one that
	// was set. The error is errInterrupted after Ctrl-C, errLeave after Ctrl-D on an
	// empty line, io.EOF after Close or when the terminal is gone.
	ReadLine(instead string) (string, error)
	// SetPrompt sets the prompt and, while a line is being typed, redraws it
	// around what has been typed. Safe for concurrent use.
	SetPrompt(prompt string)
	// Remember adds a text to the history.
	Remember(text string)
	// Close gives the terminal back. It may be called again, and by any goroutine.
	Close() error
}

var _ Line = (*editor)(nil)

var (
	// errInterrupted: Ctrl-C was pressed at the prompt.
	errInterrupted = errors.New("interrupted")
	// errLeave: Ctrl-D was pressed at the prompt.
	errLeave = errors.New("leave")
)

// morePrompt is the prompt inside an open quote.
const morePrompt = "...> "

// editor is readline with its known faults kept out of reach: see
// DESIGN.md. Its goroutine calls filterKey for each key before it looks at it.
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

// newEditor opens the editor on a terminal. complete may be nil.
func newEditor(in, out *os.File, historyFile string, complete *completer) (*editor, error) {
	prepareHistory(historyFile)
	e := &editor{keys: newKeyReader(in), out: out, raw: rawMode{fd: int(in.Fd())}}
	e.columns = func() int { return terminalWidth(out) }
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
		complete.columns, complete.menuOpen, complete.openMenu, complete.off = e.columns, e.menuOpen, e.openMenu, e.isFixed
		cfg.AutoComplete = complete
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
		return "", errInterrupted
	case err != nil && e.leaves():
		return "", errLeave
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

func (e *editor) menuOpen() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.menu
}

// openMenu is told by the completer that readline will open its menu.
func (e *editor) openMenu() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.menu = true
}

// filterKey sees every key before readline does, on readline's goroutine. A key
// is swallowed by making it Ctrl-G, which does nothing: to say false would let
// readline read on while a command runs.
func (e *editor) filterKey(r rune) (rune, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resize()
	switch r {
	case markDelete:
		e.delete = true
		return readline.CharBell, true
	case readline.CharDelete:
		return e.deleteKey()
	case readline.CharCtrlZ: // would stop the parent process too
		return readline.CharBell, true
	case readline.CharEnter, readline.CharCtrlJ, readline.CharInterrupt, 0:
		e.typing, e.menu = false, false
		return r, true
	case readline.CharBckSearch, readline.CharFwdSearch:
		e.menu = true
	case readline.CharBell:
		e.menu = false
	}
	e.typing = !e.fixed
	e.redraw()
	return r, true
}

// deleteKey tells the Delete key from Ctrl-D. The caller holds mu.
func (e *editor) deleteKey() (rune, bool) {
	isKey := e.delete
	e.delete = false
	if !e.empty.Load() {
		return readline.CharDelete, true
	}
	if isKey {
		return readline.CharDelete, false
	}
	e.typing, e.left = false, true
	return readline.CharDelete, true
}

// resize tells readline of a new width, on its goroutine and with no menu open,
// since the menu divides by a number of columns that may have become 0. The
// caller holds mu.
func (e *editor) resize() {
	if width := e.columns(); width != e.width && !e.menu {
		e.width = width
		e.resized()
	}
}

var (
	marker   = strings.NewReplacer("\n", string(markNewline), "\t", string(markTab))
	unmarker = strings.NewReplacer(string(markNewline), "\n", string(markTab), "\t", string(markDelete), "")
)

func mark(text string) string   { return marker.Replace(text) }
func unmark(text string) string { return unmarker.Replace(text) }

// markPainter shows the marks; each takes one cell.
type markPainter struct{}

// Paint implements readline.Painter.
func (markPainter) Paint(line []rune, _ int) []rune {
	painted := make([]rune, len(line))
	for i, r := range line {
		switch r {
		case markNewline:
			r = '⏎'
		case markTab:
			r = '→'
		}
		painted[i] = r
	}
	return painted
}
