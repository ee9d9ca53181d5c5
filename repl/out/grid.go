package out

import (
	"io"
	"strconv"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// Cell is one field of a grid.
type Cell struct {
	text string
	ink  *color.Color // nil for none
}

// Plain is a cell without color.
func Plain(text string) Cell { return Cell{text: text} }

// Inked is a cell of a color.
func Inked(text string, ink *color.Color) Cell { return Cell{text, ink} }

// Number is a cell with a number.
func Number(n uint64) Cell { return Plain(strconv.FormatUint(n, 10)) }

// Grid is a table that aligns its columns by what the terminal shows, which is
// not the number of bytes or runes.
type Grid struct {
	Head  []string // column titles; nil for none
	rows  [][]Cell
	begun bool // rows that come before these, and the titles, are printed already
}

// gap is the space between two columns.
const gap = 2

// Add adds a row.
func (g *Grid) Add(cells ...Cell) { g.rows = append(g.rows, cells) }

// Rows returns how many rows there are.
func (g *Grid) Rows() int { return len(g.rows) }

// print writes the grid. If it is wider than width, the widest column gives way
// cell by cell until all fit; if that would leave nothing to be read, each row is printed
// upright instead, a field a line. Width 0 sets no limit. A row is one write.
func (g *Grid) print(w io.Writer, width int, head *color.Color) error {
	title := make([]Cell, len(g.Head))
	for i, h := range g.Head {
		title[i] = Inked(h, head)
	}
	rows := append([][]Cell{title}, g.rows...)
	widths := columnWidths(rows)
	if g.Head != nil && tooWide(widths, width) {
		return g.printUpright(w, width, title)
	}
	if widths = fit(widths, width); g.Head == nil || g.begun {
		rows = g.rows
	}
	for _, row := range rows {
		if _, err := io.WriteString(w, line(row, widths)); err != nil {
			return err
		}
	}
	return nil
}

// printUpright writes each row as lines of a title and a field.
func (g *Grid) printUpright(w io.Writer, width int, title []Cell) error {
	first := 0
	for _, t := range title {
		first = max(first, runewidth.StringWidth(t.text))
	}
	widths := []int{first, max(width-first-gap, narrowest)}
	for i, row := range g.rows {
		var b strings.Builder
		if i > 0 || g.begun {
			b.WriteByte('\n')
		}
		for j, c := range row {
			b.WriteString(line([]Cell{title[j], c}, widths))
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

func columnWidths(rows [][]Cell) []int {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(c.text))
		}
	}
	return widths
}

const (
	narrowest = 4 // the least a column shrinks to
	legible   = 6 // the least of a column with a title that was wider by itself
)

// tooWide reports whether columns cannot shrink to a width and still be read.
func tooWide(widths []int, width int) bool {
	sum := gap * (len(widths) - 1)
	for _, w := range widths {
		sum += min(w, legible)
	}
	return width > 0 && sum > width
}

func fit(widths []int, total int) []int {
	if total <= 0 || len(widths) == 0 {
		return widths
	}
	sum := gap * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	for ; sum > total; sum-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			break
		}
		widths[widest]--
	}
	return widths
}

func line(row []Cell, widths []int) string {
	var b strings.Builder
	for i, c := range row {
		text := runewidth.Truncate(c.text, widths[i], "…")
		if c.ink != nil {
			b.WriteString(c.ink.Sprint(text))
		} else {
			b.WriteString(text)
		}
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-runewidth.StringWidth(text)+gap))
		}
	}
	b.WriteByte('\n')
	return b.String()
}
