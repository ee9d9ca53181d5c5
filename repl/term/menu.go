package term

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/chzyer/readline"
)

// Completion is what the word before the cursor may become.
type Completion struct {
	// Words are the candidates as they are shown, Tails what has to be typed to
	// complete each. They are as long as one another.
	Words, Tails []string
	// Note is said below the line if there is no candidate, or about them; it may be "".
	Note string
	// Fetch, if it is not nil, finds the candidates, which takes a while. It is called on
	// a goroutine of its own and ends soon after its context; none runs once ReadLine has
	// returned.
	Fetch func(ctx context.Context) Completion
}

// Complete answers the Tab key. Before is the line up to the cursor. It is called while a
// line is being typed, by one goroutine at a time, must not block, and must not call the
// editor.
type Complete func(before string) Completion

// menu are the candidates below the line. Until one is chosen they follow what is
// typed; the chosen one stands in the line.
type menu struct {
	Completion
	base   text // the line without a candidate
	chosen int  // -1 for none
	cols   int  // of the menu as it was drawn
}

// fetching is a completion that is on its way.
type fetching struct {
	auto   bool // it follows what is typed: nothing is inserted
	cancel context.CancelFunc
	answer chan Completion // gets one
}

// tab completes the word before the cursor, or goes through the candidates.
func (e *editor) tab(step int) {
	switch {
	case e.fixed || e.complete == nil:
		e.screen.bell()
	case e.menu != nil && len(e.menu.Words) > 0:
		e.choose(e.menu.chosen + step)
	default:
		e.ask(false)
	}
}

// ask asks for a completion. For an answer that takes a while a key comes.
func (e *editor) ask(auto bool) {
	e.stopFetching()
	answer := e.complete(e.text.before())
	if answer.Fetch == nil {
		e.answer(answer, auto)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &fetching{auto: auto, cancel: cancel, answer: make(chan Completion, 1)}
	e.fetching = f
	e.fetches.Go(func() {
		f.answer <- answer.Fetch(ctx)
		e.keys.Wake()
	})
}

// stopFetching drops the completion that is on its way.
func (e *editor) stopFetching() {
	if e.fetching != nil {
		e.fetching.cancel()
		e.fetching = nil
	}
}

// settle makes an end to a completion that is on its way before the next key: it is given
// up for a key that wants something else, and waited for by one that goes on typing,
// which is soon, as Fetch is. Meanwhile the prompt may change. The caller holds mu.
func (e *editor) settle(key rune) {
	f := e.fetching
	if f == nil {
		return
	}
	typed := key >= ' ' && !isKey(key) && key != readline.CharBackspace
	if key == keyEsc || key == bell || key == 0 || key == readline.CharInterrupt || f.auto && typed {
		e.stopFetching()
		e.follow = f.auto && typed
		return
	}
	e.mu.Unlock()
	answer := <-f.answer
	e.mu.Lock()
	if e.fetching == f {
		e.stopFetching()
		e.answer(answer, f.auto)
	}
}

// answer types what all candidates have in common, or opens the menu.
func (e *editor) answer(c Completion, auto bool) {
	e.dirty, e.note = true, c.Note
	if len(c.Tails) == 0 {
		e.menu = nil
		if !auto {
			e.screen.bell()
		}
		return
	}
	if common := commonTail(c.Tails); common != "" && !auto {
		e.set(e.text.insert(common))
		return
	}
	e.menu = &menu{Completion: c, base: e.text, chosen: -1}
}

// commonTail is what all tails begin with, without half an escape at its end.
func commonTail(tails []string) string {
	common := tails[0]
	for _, t := range tails[1:] {
		n := 0
		for n < min(len(common), len(t)) && common[n] == t[n] {
			n++
		}
		common = common[:n]
	}
	if len(tails) > 1 && (len(common)-len(strings.TrimRight(common, `\`)))%2 == 1 {
		common = common[:len(common)-1]
	}
	for !utf8.ValidString(common) {
		common = common[:len(common)-1]
	}
	return common
}

// choose puts a candidate into the line.
func (e *editor) choose(place int) {
	m := e.menu
	n := len(m.Words)
	m.chosen = ((place % n) + n) % n
	e.set(m.base.insert(m.Tails[m.chosen]))
}

// menuKey takes a key while the menu is open, and reports whether it was meant for it.
func (e *editor) menuKey(key rune) bool {
	m := e.menu
	step, moves := m.steps()[key]
	switch {
	case key == keyEsc || key == bell:
		e.set(m.base)
		e.menu = nil
	case key == enter || key == ctrlJ:
		if m.chosen < 0 {
			e.menu = nil
			return false
		}
		e.menu, e.dirty = nil, true
	case moves && m.chosen >= 0:
		e.choose(m.chosen + step)
	case key == up || key == down:
		e.choose(map[rune]int{up: len(m.Words) - 1, down: 0}[key])
	default:
		return false
	}
	return true
}

// leaveMenu closes the menu for a key that is not meant for it. What is typed gets it
// back with what fits then, unless a candidate was chosen.
func (e *editor) leaveMenu(key rune) {
	if e.menu == nil || key == keyWake || key == readline.CharTab || key == keyBackTab {
		return
	}
	e.follow = e.menu.chosen < 0 && (key >= ' ' && !isKey(key) || key == readline.CharCtrlH)
	e.menu = nil
}

// steps are how far the arrows go.
func (m *menu) steps() map[rune]int {
	cols := max(1, m.cols)
	vertical := func(by int) int {
		if to := m.chosen + by; to < 0 || to >= len(m.Words) {
			return 0
		}
		return by
	}
	return map[rune]int{left: -1, right: 1, up: vertical(-cols), down: vertical(cols),
		keyPageUp: -m.chosen, keyPageDown: len(m.Words) - 1 - m.chosen}
}

// rows lays the candidates out in at most height rows of a width. It shows those around
// the chosen one.
func (m *menu) rows(width, height int) []string {
	if height < 1 {
		return nil
	}
	column := 0
	for _, w := range m.Words {
		column = max(column, textCells(shown(w)))
	}
	column = min(column, width-1)
	m.cols = max(1, (width+1)/(column+2))
	var rows []string
	for first := 0; first < len(m.Words); first += m.cols {
		var b strings.Builder
		for i := first; i < min(first+m.cols, len(m.Words)); i++ {
			word := fitMiddle(shown(m.Words[i]), column)
			pad := strings.Repeat(" ", max(0, column-textCells(word)))
			if i == m.chosen {
				word = "\x1b[7m" + word + "\x1b[0m"
			}
			if b.WriteString(word); i+1 < min(first+m.cols, len(m.Words)) {
				b.WriteString(pad + "  ")
			}
		}
		rows = append(rows, b.String())
	}
	top := 0
	if at := max(m.chosen, 0) / m.cols; at >= height {
		top = at - height + 1
	}
	return rows[top:min(len(rows), top+height)]
}

// shown is a word as it can be seen in one row.
func shown(word string) string {
	var b strings.Builder
	for _, r := range word {
		b.WriteString(visible(r))
	}
	return b.String()
}
