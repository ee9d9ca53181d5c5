//go:build race

package playground

// The race detector makes everything some ten times slower.
func init() { writesOfEach = 2000 }
