package term

import (
	"strings"
	"unicode"

	"github.com/chzyer/readline"
)

// search is the search in the history by Ctrl-R.
type search struct {
	typed  text // what stood in the line before
	query  string
	place  int // of the entry that is shown, len(entries) for none
	failed bool
}

// openSearch opens the search, also in what others have typed since the line began.
func (e *editor) openSearch() {
	e.history.refresh()
	e.search = &search{typed: e.text, place: len(e.history.entries)}
	e.dirty = true
}

// searchKey takes a key while a search is open, and reports whether it was meant for
// it. Any other ends the search and does what it does.
func (e *editor) searchKey(key rune) bool {
	s := e.search
	switch {
	case key == readline.CharBckSearch:
		e.find(e.history.older(s.place, s.differs(e)))
	case key == readline.CharFwdSearch:
		e.find(e.history.newer(s.place, s.differs(e)))
	case key == readline.CharBackspace || key == readline.CharCtrlH:
		if r := []rune(s.query); len(r) > 0 {
			s.query = string(r[:len(r)-1])
		}
		e.searchAnew(len(e.history.entries))
	case key == keyEsc || key == readline.CharBell:
		e.set(s.typed)
		e.search = nil
	case key == keyPaste:
		s.query += e.keys.filter.pastes.next()
		e.searchAnew(s.place + 1)
	case readline.IsPrintable(key) && !isKey(key) && key != readline.CharBackspace:
		s.query += string(key)
		e.searchAnew(s.place + 1)
	default:
		e.search = nil
		return false
	}
	return true
}

// searchAnew looks for the newest entry before place.
func (e *editor) searchAnew(place int) {
	if e.search.query == "" {
		e.search.place, e.search.failed = len(e.history.entries), false
		e.set(e.search.typed)
		return
	}
	e.find(e.history.older(place, e.search.fits))
}

// find shows the entry at a place, which is less than 0 for none.
func (e *editor) find(place int) {
	s := e.search
	e.dirty = true
	if s.failed = place < 0; s.failed {
		e.screen.bell()
		return
	}
	s.place = place
	entry := e.history.entries[place]
	found := newText(entry)
	found.pos = len([]rune(entry[:max(0, s.index(entry))]))
	e.set(found)
}

// index is where an entry holds the query: a query without capitals finds them, too.
func (s *search) index(entry string) int {
	if strings.ContainsFunc(s.query, unicode.IsUpper) {
		return strings.Index(entry, s.query)
	}
	lower := strings.ToLower(entry)
	if len(lower) != len(entry) {
		return strings.Index(entry, s.query)
	}
	return strings.Index(lower, s.query)
}

func (s *search) fits(entry string) bool { return s.index(entry) >= 0 }

// differs is fits for another entry than the one that is shown.
func (s *search) differs(e *editor) func(string) bool {
	shown := e.text.String()
	return func(entry string) bool { return s.query != "" && entry != shown && s.fits(entry) }
}

// status is the row below the line.
func (s *search) status() string {
	query := strings.ReplaceAll(s.query, "\n", "↵")
	if s.failed {
		return "nothing older or newer has: " + query
	}
	return "search: " + query + "_"
}
