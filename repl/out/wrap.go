package out

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// Wrap breaks text at its blanks into lines of at most width characters, as far as its
// words allow, and colors each.
func Wrap(text string, width int, ink func(...any) string) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, ink(line)), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, ink(line))
	}
	return lines
}

// Reflow breaks the lines of a text that are wider than a terminal at their blanks, as far
// as they have some. What comes behind has the indent of its line. Width 0 sets no limit.
func Reflow(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	for l := range strings.Lines(text) {
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		for {
			cut := breakAt(l, len(indent), width)
			if cut < 0 {
				break
			}
			b.WriteString(strings.TrimRight(l[:cut], " ") + "\n")
			l = indent + strings.TrimLeft(l[cut:], " ")
		}
		b.WriteString(l)
	}
	return b.String()
}

// breakAt returns where a line is broken: at the last blank behind its indent from which on
// it would be wider than width. Less than 0 is nowhere.
func breakAt(line string, indent, width int) int {
	cut, cells := -1, 0
	for i, r := range strings.TrimSuffix(line, "\n") {
		if r == ' ' && i > indent && (cells <= width || cut < 0) {
			cut = i
		}
		cells += runewidth.RuneWidth(r)
	}
	if cells <= width || cut >= 0 && strings.TrimSpace(line[cut:]) == "" {
		return -1
	}
	return cut
}
