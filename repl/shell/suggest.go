package shell

import (
	"slices"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// nearest returns the candidate that word was most likely meant to be, "" if none
// is near: at most one edit for short words, two for longer ones, none for a letter. A beginning
// of exactly one candidate counts as near.
func nearest(word string, candidates []string) string {
	best, bestDistance := "", 3
	switch {
	case len(word) < 2:
		bestDistance = 0 // any letter is near any other
	case len(word) <= 3:
		bestDistance = 2
	}
	if len(word) > 64 {
		return ""
	}
	for _, c := range candidates {
		if d := distance(word, c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best == "" {
		best, _ = expand(word, candidates)
	}
	return best
}

// expand returns the candidate that word is, or the only one that word begins.
// The second result lists the candidates if there are several. Both are empty if
// there is none.
func expand(word string, candidates []string) (string, []string) {
	var found []string
	for _, c := range candidates {
		if c == word {
			return c, nil
		}
		if word != "" && strings.HasPrefix(c, word) {
			found = append(found, c)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return "", found
}

// Resolve is expand for people: it names the candidates where it cannot choose.
// A word that fits none is returned as it is, so that the cluster can say so.
func Resolve(word string, candidates []string) (string, error) {
	name, several := expand(word, candidates)
	switch {
	case name != "":
		return name, nil
	case len(several) > 0:
		return "", failure.Usagef("%s may be any of %s", syntax.Quote(word), strings.Join(several, ", "))
	default:
		return word, nil
	}
}

// distance is the number of characters to insert, remove, replace or swap with
// their neighbor to make b of a (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, above := make([]int, len(y)+1), make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(y)]
}

// sorted returns a sorted copy.
func sorted(words []string) []string {
	return slices.Sorted(slices.Values(words))
}
