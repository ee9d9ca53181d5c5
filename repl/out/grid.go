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
	Head []string // column titles; nil for none
	rows [][]Cell
}

// gap is the space between two columns.
const gap = 2

// Add adds a row.
func (g *Grid) Add(cells ...Cell) { g.rows = append(g.rows, cells) }

// Rows returns how many rows there are.
func (g *Grid) Rows() int { return len(g.rows) }

// print writes the grid. If it is wider than width, the widest column gives way
// cell by cell until all fit or none is wider than four; width 0 sets no limit.
// A row is one write.
func (g *Grid) print(w io.Writer, width int, head *color.Color) error {
	rows := g.rows
	if g.Head != nil {
		title := make([]Cell, len(g.Head))
		for i, h := range g.Head {
			title[i] = Inked(h, head)
		}
		rows = append([][]Cell{title}, rows...)
	}
	widths := fit(columnWidths(rows), width)
	for _, row := range rows {
		if _, err := io.WriteString(w, line(row, widths)); err != nil {
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

// narrowest is the least a column shrinks to.
const narrowest = 4

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
