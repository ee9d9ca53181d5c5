package term

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/chzyer/readline"
)

// Config is what an editor is made of. It is not changed after it was handed in.
type Config struct {
	// In and Out are the terminal. Required.
	In, Out *os.File
	// HistoryFile keeps the lines; "" keeps them in memory.
	HistoryFile string
	// Complete answers the Tab key; nil for no completion.
	Complete Complete
	// Hint returns what is still missing in a line, to be shown in grey after it; nil for
	// no hints. Ghost reports whether the rest of a line of the history is shown there;
	// nil for always. Both are called as Complete is.
	Hint  func(line string) string
	Ghost func() bool
	// Unfinished reports whether a text goes on in the next row, as within quotes, so
	// that Enter does not end it; nil for never.
	Unfinished func(text string) bool
	// More is the prompt of the rows after the first.
	More string
	// Color allows colors.
	Color bool
}

var _ Line = (*editor)(nil)

// editor is a line editor. Readline reads the keys and does simple editing; it draws
// nothing, since it cannot do that in a narrow terminal, with wide characters, below
// output of others: see ../DESIGN.md. Its goroutine calls filterKey for each key before it
// looks at it, and changed afterwards.
type editor struct {
	rl   *readline.Instance
	keys *keyReader
	raw  rawMode
	acts map[rune]func()

	in, out    *os.File
	complete   Complete
	hints      func(string) string
	wantsGhost func() bool
	unfinished func(string) bool
	more       string
	grey       string // begins grey text

	// mu guards what follows, and all drawing: nothing is drawn while no line is typed.
	mu      sync.Mutex
	screen  screen
	width   int
	prompt  string // wanted
	shown   string // drawn
	fixed   bool   // shown is for this line alone
	typing  bool   // a line is being typed
	left    bool   // Ctrl-D ended the line
	editor  bool   // the line ends for the person's editor
	waiting waiting

	text   text
	dirty  bool   // text or what is around it was changed here, not by readline
	follow bool   // the menu was open and what is typed is to have it again
	killed []rune // by Ctrl-W and its like

	history     *history
	browse      *browse
	search      *search
	menu        *menu
	fetching    *fetching
	ghost, hint string
	note        string // below the line until the next key

	fetches sync.WaitGroup
	resized chan os.Signal
	ended   sync.WaitGroup // of the goroutine that hears of resized
	closing sync.Once
}

// Open opens the editor on a terminal. There may be one editor a process.
func Open(cfg Config) (Line, error) {
	e := &editor{
		keys: newKeyReader(cfg.In), raw: rawMode{fd: int(cfg.In.Fd())}, in: cfg.In, out: cfg.Out,
		complete: cfg.Complete, hints: cfg.Hint, wantsGhost: cfg.Ghost, unfinished: cfg.Unfinished,
		more: cfg.More, grey: "\x1b[2m", screen: screen{out: cfg.Out}, history: openHistory(cfg.HistoryFile),
	}
	if cfg.Color {
		e.grey = "\x1b[90m"
	}
	e.acts = e.actions()
	rl, err := readline.NewEx(&readline.Config{
		Stdin: e.keys, Stdout: io.Discard, Stderr: io.Discard,
		DisableAutoSaveHistory: true, InterruptPrompt: "^C", EOFPrompt: "\n",
		Listener: readline.FuncListener(e.changed), FuncFilterInputRune: e.filterKey,
		// It draws nothing on what is no terminal.
		FuncIsTerminal: func() bool { return false }, FuncGetWidth: func() int { return 80 },
		FuncMakeRaw: e.raw.enter, FuncExitRaw: e.raw.exit, FuncOnWidthChanged: func(func()) {},
	})
	if err != nil {
		return nil, fmt.Errorf("open line editor: %w", err)
	}
	e.rl = rl
	e.hearResize()
	return e, nil
}

// ReadLine implements Line.
func (e *editor) ReadLine(instead string) (string, error) {
	prefill := ""
	for {
		e.begin(instead, prefill)
		_, err := e.rl.Readline()
		line, left, edit := e.end()
		e.fetches.Wait() // those that were given up
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			return "", ErrInterrupted
		case e.keys.ended.Load():
			// Readline ends a half typed line for the person whose terminal is gone.
			return "", io.EOF
		case err != nil && left:
			return "", ErrLeave
		case err != nil:
			return "", err
		case !edit:
			return line, nil
		}
		prefill = e.editLine(line)
	}
}

func (e *editor) begin(instead, prefill string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shown, e.fixed = e.prompt, instead != ""
	if e.fixed {
		e.shown = instead
	} else {
		e.history.refresh()
	}
	e.left, e.editor, e.dirty, e.follow = false, false, false, false
	e.text = newText(prefill)
	e.browse, e.search, e.menu = nil, nil, nil
	// Without raw mode keys work line by line; nothing can be done about it here.
	_ = e.raw.enter()
	e.rl.Operation.SetBuffer(prefill)
	e.width, _ = screenSize(e.out)
	e.screen.begin(e.width)
	e.typing = true
	e.suggest()
	if text := e.waiting.take(); text != "" {
		e.screen.above(text, e.frame())
	}
	e.draw()
}

// end returns the line, and whether it ended by Ctrl-D or for the person's editor. It
// makes sure that it did end: Close ends one, too.
func (e *editor) end() (line string, left, edit bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.finish(0)
	return e.text.String(), e.left, e.editor
}

// finish draws the line for the last time. The caller holds mu.
func (e *editor) finish(key rune) {
	if !e.typing {
		return
	}
	e.stopFetching()
	e.search, e.menu, e.note, e.ghost, e.hint = nil, nil, "", "", ""
	e.text.pos = len(e.text.runes)
	f := e.frame()
	e.typing = false
	if e.editor {
		e.screen.wipe()
		return
	}
	if key == readline.CharInterrupt {
		f.add("^C")
	}
	e.screen.end(f)
}

// changed hears of the line after each key, and hands readline the one that was made
// of it here.
func (e *editor) changed(line []rune, pos int, key rune) ([]rune, int, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch key {
	case 0, enter, ctrlJ, readline.CharInterrupt, readline.CharDelete:
		return nil, 0, false // the line has ended: another one may have begun
	}
	if !e.typing {
		return nil, 0, false
	}
	mine := e.dirty
	if !mine {
		e.text = text{line, pos}
	}
	e.dirty = false
	if e.follow {
		e.follow = false
		e.ask(true)
	}
	e.suggest()
	e.draw()
	return slices.Clone(e.text.runes), e.text.pos, mine || e.dirty
}

// set changes the line.
func (e *editor) set(t text) { e.text, e.dirty = t, true }

// SetPrompt implements Line.
func (e *editor) SetPrompt(prompt string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.prompt = prompt; e.typing && !e.fixed {
		e.shown = prompt
		e.draw()
	}
}

// Remember implements Line.
func (e *editor) Remember(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history.add(text)
}

// Close implements Line. Readline's own Close would leave its goroutine behind, for want
// of room in a channel: its parts are closed one by one.
func (e *editor) Close() error {
	var err error
	e.closing.Do(func() {
		e.mu.Lock()
		e.stopFetching()
		e.mu.Unlock()
		e.keys.Close()
		err = e.rl.Terminal.Close()
		e.rl.Operation.Close()
		e.stopResize()
	})
	return err
}
