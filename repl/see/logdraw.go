package see

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kv/client"
	"kv/repl/out"
)

// LogRow is the log of one member, to be drawn.
type LogRow struct {
	Member string
	// Silent: the member did not answer, and nothing else is known.
	Silent bool
	Log    client.Log
	// Overwritten are the events of that kind.
	Overwritten []client.Event
}

// LogDrawing draws the logs of members below one another, so that an index is a column.
type LogDrawing struct {
	// Until is the last index that is drawn.
	Until uint64
	// Width is how many columns of the terminal there are.
	Width int
	Ink   out.Palette
	Rows  []LogRow
}

// What stands behind a term in its cell.
const (
	markNone      = " "
	markCommit    = "│"
	markConflict  = "!"
	markGone      = "~"
	leastEntries  = 4
	mostEntries   = 400
	rulerDistance = 5
)

// digits is how wide a term is.
func (d *LogDrawing) digits() int {
	highest := uint64(0)
	for _, r := range d.Rows {
		highest = max(highest, r.Log.Term)
		for _, e := range r.Log.Entries {
			highest = max(highest, e.Term)
		}
	}
	return len(strconv.FormatUint(highest, 10))
}

// First is the first index that is drawn: as many as fit.
func (d *LogDrawing) First() uint64 {
	room := d.Width - d.left() - d.right()
	n := uint64(min(max(room/(d.digits()+1), leastEntries), mostEntries))
	if d.Until <= n {
		return 1
	}
	return d.Until - n + 1
}

// left is the width of the names.
func (d *LogDrawing) left() int {
	w := len("index")
	for _, r := range d.Rows {
		w = max(w, len(r.Member)+len(" leader"))
	}
	return w + 2
}

// right is the width of the numbers behind the logs.
func (d *LogDrawing) right() int {
	w := 0
	for _, column := range d.numbers() {
		w += 2 + len(column[0])
	}
	return w
}

// numbers are the columns behind the logs, each with its title first and then a cell for
// each row, all of one width.
func (d *LogDrawing) numbers() [][]string {
	ref := d.reference()
	if ref == nil {
		return nil
	}
	columns := [][]string{{"last"}, {"commit"}, {"applied"}}
	if ref.Log.Match != nil {
		columns = append(columns, []string{"match"})
	}
	for i := range d.Rows {
		r := &d.Rows[i]
		match, known := ref.Log.Match[r.Member]
		for c, n := range []uint64{r.Log.Last, r.Log.Commit, r.Log.Applied, match}[:len(columns)] {
			text := strconv.FormatUint(n, 10)
			if r.Silent || c == 3 && !known {
				text = "-"
			}
			columns[c] = append(columns[c], text)
		}
	}
	for _, column := range columns {
		w := 0
		for _, text := range column {
			w = max(w, len(text))
		}
		for i, text := range column {
			column[i] = fmt.Sprintf("%*s", w, text)
		}
	}
	return columns
}

// reference is the log that the others are held against: the leader's or, without one,
// that of who would be elected. Nil if there is none.
func (d *LogDrawing) reference() *LogRow {
	var best *LogRow
	better := func(a, b *LogRow) bool {
		if la, lb := a.Log.Role == client.RoleLeader, b.Log.Role == client.RoleLeader; la != lb {
			return la
		}
		if a.Log.Role == client.RoleLeader {
			return a.Log.Term > b.Log.Term
		}
		ta, tb := lastTerm(a), lastTerm(b)
		return ta > tb || ta == tb && a.Log.Last > b.Log.Last
	}
	for i := range d.Rows {
		if r := &d.Rows[i]; !r.Silent && (best == nil || better(r, best)) {
			best = r
		}
	}
	return best
}

func lastTerm(r *LogRow) uint64 {
	if n := len(r.Log.Entries); n > 0 {
		return r.Log.Entries[n-1].Term
	}
	return 0
}

func termAt(r *LogRow, index uint64) (term uint64, ok bool) {
	i, ok := slices.BinarySearchFunc(r.Log.Entries, index, func(e client.LogEntry, index uint64) int {
		switch {
		case e.Index < index:
			return -1
		case e.Index > index:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, false
	}
	return r.Log.Entries[i].Term, true
}

// Lines returns the drawing.
func (d *LogDrawing) Lines() []string {
	first, cell := d.First(), d.digits()+1
	behind := func(row int) (text string) {
		for _, column := range d.numbers() {
			text += "  " + column[row]
		}
		return d.Ink.Dim.Sprint(text)
	}
	lines := []string{d.ruler(first, cell) + behind(0)}
	ref := d.reference()
	conflicts, gone := false, false
	for i := range d.Rows {
		r := &d.Rows[i]
		line, conflict := d.row(r, ref, first, cell)
		lines, conflicts = append(lines, line+behind(i+1)), conflicts || conflict
		if line := d.lost(r, first, cell); line != "" {
			lines, gone = append(lines, line), true
		}
	}
	return append(lines, d.legend(ref, conflicts, gone)...)
}

// ruler has the indexes above their columns, as many as have room.
func (d *LogDrawing) ruler(first uint64, cell int) string {
	var b strings.Builder
	for i := first; i <= d.Until; i++ {
		at := int(i-first)*cell + max(cell-1-len(strconv.FormatUint(i, 10)), 0)
		label := strconv.FormatUint(i, 10)
		if b.Len() > 0 && (i%rulerDistance != 0 || at <= b.Len()) || at+len(label) > d.span(first, cell) {
			continue
		}
		b.WriteString(strings.Repeat(" ", at-b.Len()) + label)
	}
	return d.Ink.Dim.Sprint(pad("index", d.left()) + pad(b.String(), d.span(first, cell)))
}

// span is the width of the entries that are drawn.
func (d *LogDrawing) span(first uint64, cell int) int {
	if d.Until < first {
		return 0
	}
	return int(d.Until-first+1) * cell
}

// row draws a member's log.
func (d *LogDrawing) row(r, ref *LogRow, first uint64, cell int) (line string, conflicts bool) {
	name := r.Member
	if r.Log.Role == client.RoleLeader {
		name += " leader"
	}
	label := d.Ink.Strong.Sprint(pad(name, d.left()))
	if r.Silent {
		return label + d.Ink.Bad.Sprint(pad("silent", d.span(first, cell))), false
	}
	var b strings.Builder
	for i := first; i <= d.Until; i++ {
		text, conflict := d.cell(r, ref, i, cell)
		conflicts = conflicts || conflict
		b.WriteString(text)
	}
	return label + b.String(), conflicts
}

func (d *LogDrawing) cell(r, ref *LogRow, i uint64, cell int) (text string, conflict bool) {
	mark := markNone
	if i == r.Log.Commit {
		mark = markCommit
	}
	term, ok := termAt(r, i)
	switch {
	case !ok && (r.Log.First == 0 && i <= r.Log.Snapshot || i < r.Log.First):
		return d.Ink.Dim.Sprint(fmt.Sprintf("%*s", cell-1, "▒") + mark), false
	case !ok:
		return d.Ink.Dim.Sprint(fmt.Sprintf("%*s", cell-1, "·") + mark), false
	}
	number := fmt.Sprintf("%*d", cell-1, term)
	if other, both := termAt(ref, i); i > r.Log.Commit && (both && other != term || beyond(ref, i, term)) {
		return d.Ink.Bad.Sprint(number + markConflict), true
	}
	return inkOfTerm(d.Ink, term).Sprint(number) + mark, false
}

// beyond reports whether an entry is behind the end of the leader's log and of an earlier
// term. One of the leader's own term has only come since the leader was asked.
func beyond(ref *LogRow, index, term uint64) bool {
	return ref.Log.Role == client.RoleLeader && index > ref.Log.Last && term < ref.Log.Term
}

// lost draws the entries that a member had and does not have any more, "" if there
// are none in sight.
func (d *LogDrawing) lost(r *LogRow, first uint64, cell int) string {
	terms := make(map[uint64]uint64)
	for _, e := range r.Overwritten {
		for i := max(e.Index, first); i < e.Index+e.Count && i <= d.Until; i++ {
			terms[i] = e.Term
		}
	}
	if len(terms) == 0 {
		return ""
	}
	var b strings.Builder
	for i := first; i <= d.Until; i++ {
		if term, ok := terms[i]; ok {
			fmt.Fprintf(&b, "%*d%s", cell-1, term, markGone)
		} else {
			b.WriteString(strings.Repeat(" ", cell))
		}
	}
	return d.Ink.Dim.Sprint(pad("  was", d.left()) + strings.TrimRight(b.String(), " "))
}

// legend says what the signs mean that are there.
func (d *LogDrawing) legend(ref *LogRow, conflicts, gone bool) []string {
	text := "numbers are terms; │ committed so far; · not there; ▒ in the snapshot only"
	if ref == nil {
		return nil
	}
	if conflicts {
		text += "; ! not so in " + ref.Member + "'s log, to be overwritten"
	}
	if gone {
		text += "; ~ was overwritten"
	}
	if ref.Log.Role == client.RoleLeader {
		text += "; match: as far as " + ref.Member + " knows the logs to be equal"
	}
	return out.Wrap(text, d.Width, d.Ink.Dim.Sprint)
}

// pad fills text up to a width.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-len([]rune(text)), 0))
}
