package term

import "strings"

// suggestMost is the longest line, in characters, that is suggested about: both kinds
// look at the whole line with every key.
const suggestMost = 4096

// suggest finds what is shown after the cursor: the rest of the newest entry of the
// history that begins with the line, or else the arguments that are missing.
func (e *editor) suggest() {
	e.ghost, e.hint = "", ""
	if e.fixed || e.menu != nil || e.search != nil || !e.text.atEnd() || len(e.text.runes) > suggestMost {
		return
	}
	line := e.text.String()
	if e.wantsGhost == nil || e.wantsGhost() {
		e.ghost = e.ghostOf(line)
	}
	if e.ghost == "" && e.hints != nil && line != "" {
		e.hint = e.hints(line)
	}
}

// ghostOf returns the rest of an entry that begins with line.
func (e *editor) ghostOf(line string) string {
	if strings.TrimSpace(line) == "" {
		return ""
	}
	place := e.history.older(len(e.history.entries), func(entry string) bool {
		return len(entry) > len(line) && strings.HasPrefix(entry, line) && !strings.Contains(entry, "\n")
	})
	if place < 0 {
		return ""
	}
	return e.history.entries[place][len(line):]
}

// suggestion is the grey text after the cursor, which leaves the last cell of the row
// free, so that it never wraps.
func (e *editor) suggestion(room int) string {
	text := e.hint
	if e.ghost != "" {
		text = shown(e.ghost)
	}
	return fit(text, room-1)
}
