package term

import (
	"strings"

	"github.com/chzyer/readline"
)

// Keys as readline has them. What it swallows is made a bell, which does nothing: to
// tell it to drop a key would let it read on while a command runs.
const (
	bell  = readline.CharBell
	enter = readline.CharEnter
	ctrlJ = readline.CharCtrlJ
	up    = readline.CharPrev
	down  = readline.CharNext
	left  = readline.CharBackward
	right = readline.CharForward
)

// isKey reports whether a character is a key of ours and no text.
func isKey(r rune) bool { return r >= keyPaste && r <= keyPageDown }

// filterKey sees every key before readline does, on readline's goroutine. What readline
// does well it is left to do; all else happens here, and changed hands it the line.
func (e *editor) filterKey(key rune) (rune, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if key != keyWake {
		e.note, e.follow = "", false
	}
	e.settle(key)
	if key == 0 || key == readline.CharInterrupt {
		e.finish(key)
		return key, true
	}
	if e.search != nil && key != keyWake && e.searchKey(key) || e.menu != nil && e.menuKey(key) {
		return e.swallow(key)
	}
	e.leaveMenu(key)
	switch key {
	case enter, ctrlJ:
		return e.enter(key)
	case readline.CharDelete:
		return e.ctrlD()
	}
	if act, ok := e.acts[key]; ok {
		act()
		return e.swallow(key)
	}
	if key < ' ' && !readlines[key] || isKey(key) {
		return bell, true
	}
	if e.dirty {
		// A completion has just come, of which readline does not know.
		e.set(e.text.simple(key))
		return bell, true
	}
	return key, true
}

// readlines are the control keys that are left to readline.
var readlines = map[rune]bool{readline.CharCtrlH: true, left: true}

// swallow keeps a key from readline. After those that may end a line it waits until it
// is told to read on.
func (e *editor) swallow(key rune) (rune, bool) {
	if key == enter || key == ctrlJ || key == readline.CharDelete {
		e.rl.Terminal.KickRead()
	}
	return bell, true
}

// actions are what keys do here.
func (e *editor) actions() map[rune]func() {
	return map[rune]func(){
		readline.CharTab:       func() { e.tab(1) },
		keyBackTab:             func() { e.tab(-1) },
		keyPaste:               e.paste,
		keyNewline:             func() { e.set(e.text.insert("\n")) },
		keyDelete:              func() { e.set(e.text.delete()) },
		keyEditor:              func() { e.editor = true },
		up:                     e.goOlder,
		down:                   e.goNewer,
		right:                  e.goRight,
		readline.CharLineStart: func() { e.set(text{e.text.runes, e.text.lineStart()}) },
		readline.CharLineEnd:   e.goEnd,
		keyWordLeft:            func() { e.set(text{e.text.runes, e.text.wordLeft(inWord)}) },
		keyWordRight:           e.goWord,
		readline.CharCtrlW:     func() { e.kill(e.text.wordLeft(notBlank), e.text.pos) },
		keyKillBefore:          func() { e.kill(e.text.wordLeft(inWord), e.text.pos) },
		keyKillWord:            func() { e.kill(e.text.pos, e.text.wordRight()) },
		readline.CharCtrlU:     func() { e.kill(0, e.text.pos) },
		readline.CharKill:      func() { e.kill(e.text.pos, len(e.text.runes)) },
		readline.CharCtrlY:     func() { e.set(e.text.insert(string(e.killed))) },
		readline.CharTranspose: func() { e.set(e.text.transpose()) },
		readline.CharBckSearch: e.openSearch,
		readline.CharFwdSearch: e.openSearch,
		readline.CharCtrlL:     func() { e.screen.clear(); e.dirty = true },
		keyPageUp:              e.goOlder,
		keyPageDown:            e.goNewer,
	}
}

// paste inserts what was pasted. A newline at the end of all is left out: Enter comes
// anyway.
func (e *editor) paste() {
	e.set(e.text.insert(e.keys.filter.pastes.next()))
	if trimmed := strings.TrimRight(e.text.String(), "\n"); e.text.atEnd() && (e.unfinished == nil || !e.unfinished(trimmed)) {
		e.set(newText(trimmed))
	}
}

// enter ends the line, or begins another row of a text that is not whole yet.
func (e *editor) enter(key rune) (rune, bool) {
	if e.editor && e.fixed { // it came with Ctrl-X Ctrl-E, and a question has no editor
		e.editor = false
		return e.swallow(key)
	}
	if !e.fixed && !e.editor && e.unfinished != nil && e.unfinished(e.text.String()) {
		e.set(text{e.text.runes, len(e.text.runes)}.insert("\n"))
		return e.swallow(key)
	}
	e.finish(key)
	return key, true
}

// ctrlD leaves if nothing has been typed, and deletes a character otherwise.
func (e *editor) ctrlD() (rune, bool) {
	if len(e.text.runes) > 0 {
		e.set(e.text.delete())
		return e.swallow(readline.CharDelete)
	}
	e.left = true
	e.finish(readline.CharDelete)
	return readline.CharDelete, true
}

// kill removes characters and keeps them for Ctrl-Y.
func (e *editor) kill(from, to int) {
	if from < to {
		e.killed = e.text.runes[from:to]
		e.set(e.text.replace(from, to, nil))
	}
}

// goRight goes right or, at the end of the line, takes the ghost text; goEnd and goWord
// do it in longer steps.
func (e *editor) goRight() {
	if e.text.atEnd() {
		e.set(e.text.insert(e.ghost))
		return
	}
	e.set(text{e.text.runes, e.text.pos + 1})
}

func (e *editor) goEnd() {
	if e.text.atEnd() {
		e.set(e.text.insert(e.ghost))
		return
	}
	e.set(text{e.text.runes, e.text.lineEnd()})
}

func (e *editor) goWord() {
	if e.text.atEnd() {
		ghost := newText(e.ghost)
		ghost.pos = 0
		e.set(e.text.insert(string(ghost.runes[:ghost.wordRight()])))
		return
	}
	e.set(text{e.text.runes, e.text.wordRight()})
}
