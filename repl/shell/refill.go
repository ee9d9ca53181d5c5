package shell

import (
	"slices"
	"strings"
)

// fullLine is how long a line must be, with the next word, to have been ended by want of
// room and not on purpose.
const fullLine = 72

// refill returns the lines of a text as they are or, if one is too wide, its paragraphs
// in lines of at most width characters.
func refill(text string, width int) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if !slices.ContainsFunc(lines, func(l string) bool { return len([]rune(l)) > width }) {
		return lines
	}
	var all []string
	begin := 0
	for i := range lines {
		if i == len(lines)-1 || !continues(lines[i], lines[i+1]) {
			all = append(all, wrap(strings.Join(lines[begin:i+1], " "), width, "")...)
			begin = i + 1
		}
	}
	return all
}

// continues reports whether the next line is of the same paragraph. A line with two blanks
// together is one of a table.
func continues(line, next string) bool {
	word, _, _ := strings.Cut(next, " ")
	return !strings.Contains(line+"\n"+next, "  ") && word != "" &&
		len([]rune(line))+1+len([]rune(word)) > fullLine
}
