package term

import "github.com/chzyer/readline"

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
