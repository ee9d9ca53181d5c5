package term

import "strings"

// browse is the way through the history by Up and Down. With something typed it goes
// through the entries that begin with it.
type browse struct {
	typed text // what stood in the line before
	place int  // of the entry that is shown
	shown string
}

// goOlder shows the next older entry; in a text of several rows it goes up first.
func (e *editor) goOlder() {
	if e.browse == nil || e.text.String() != e.browse.shown {
		if up, ok := e.text.up(); ok {
			e.set(up)
			return
		}
		e.history.refresh()
		e.browse = &browse{typed: e.text, place: len(e.history.entries)}
	}
	e.show(e.history.older(e.browse.place, e.browse.fits))
}

// goNewer is goOlder in the other direction. After the newest comes what was typed.
func (e *editor) goNewer() {
	if e.browse == nil || e.text.String() != e.browse.shown {
		e.browse = nil
		if down, ok := e.text.down(); ok {
			e.set(down)
		} else {
			e.screen.bell()
		}
		return
	}
	if place := e.history.newer(e.browse.place, e.browse.fits); place >= 0 {
		e.show(place)
		return
	}
	e.set(e.browse.typed)
	e.browse = nil
}

func (e *editor) show(place int) {
	if place < 0 {
		e.screen.bell()
		if e.browse.shown == "" {
			e.browse = nil
		}
		return
	}
	e.browse.place, e.browse.shown = place, e.history.entries[place]
	e.set(newText(e.browse.shown))
}

func (b *browse) fits(entry string) bool {
	return strings.HasPrefix(entry, b.typed.String()) && entry != b.shown
}
