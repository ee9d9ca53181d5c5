package inspect

import "strings"

// bars are the heights of a sparkline.
var bars = []rune("▁▂▃▄▅▆▇█")

// spark draws numbers from 0 to the highest of them, one character each.
func spark(numbers []float64) string {
	top := 0.0
	for _, n := range numbers {
		top = max(top, n)
	}
	var b strings.Builder
	for _, n := range numbers {
		i := 0
		if top > 0 && n > 0 {
			i = min(int(n/top*float64(len(bars))), len(bars)-1)
		}
		b.WriteRune(bars[i])
	}
	return b.String()
}
