package repl

import (
	"io"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// cell is one field of a grid; ink may be nil.
type cell struct {
	text string
	ink  *color.Color
}

func plain(text string) cell { return cell{text: text} }

// grid is a table that aligns its columns by what the terminal shows, which is
// not the number of bytes or runes.
type grid struct {
	head []string // column titles; nil for none
	rows [][]cell
}

// gap is the space between two columns.
const gap = 2

func (g *grid) add(cells ...cell) { g.rows = append(g.rows, cells) }

// print writes the grid. If it is wider than width, the widest column gives way
// cell by cell until all fit or none is wider than four; width 0 sets no limit.
// A row is one write.
func (g *grid) print(w io.Writer, width int, head *color.Color) error {
	rows := g.rows
	if g.head != nil {
		title := make([]cell, len(g.head))
		for i, h := range g.head {
			title[i] = cell{h, head}
		}
		rows = append([][]cell{title}, rows...)
	}
	widths := fit(columnWidths(rows), width)
	for _, row := range rows {
		if _, err := io.WriteString(w, line(row, widths)); err != nil {
			return err
		}
	}
	return nil
}

func columnWidths(rows [][]cell) []int {
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

func line(row []cell, widths []int) string {
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
