package out

import "strings"

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
