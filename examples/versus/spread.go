package main

import (
	"fmt"
	"maps"
	"slices"
)

// spread is the median, the least and the most of some numbers.
type spread struct {
	n             int
	mid, min, max float64
}

func spreadOf(numbers []float64) spread {
	if len(numbers) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(numbers))
	n := len(s)
	return spread{n: n, mid: (s[(n-1)/2] + s[n/2]) / 2, min: s[0], max: s[n-1]}
}

func (s spread) text(format string) string {
	switch s.n {
	case 0:
		return "-"
	case 1:
		return fmt.Sprintf(format, s.mid)
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", s.mid, s.min, s.max)
}

// ratios divides the values of two systems within each pair.
func ratios(a, b map[int]float64) (all []float64) {
	for pair, v := range a {
		if w := b[pair]; w > 0 {
			all = append(all, v/w)
		}
	}
	return all
}

// inOrder gives numbers that were measured in turn their pairs.
func inOrder(numbers []float64) map[int]float64 { return maps.Collect(slices.All(numbers)) }
