package shell

import (
	"os"
	"path/filepath"
	"strings"
)

// fileWords returns the files and folders whose names begin with part, folders with a
// slash at their end. Hidden ones want their dot.
func fileWords(part string) []string {
	dir, begun := filepath.Split(part)
	look := dir
	switch {
	case look == "":
		look = "."
	case strings.HasPrefix(look, "~/"):
		look, _ = atHome(look) // "" is no folder
	}
	entries, err := os.ReadDir(look)
	if err != nil {
		return nil
	}
	var words []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, begun) || strings.HasPrefix(name, ".") && begun == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(look, name)); err == nil && info.IsDir() {
			name += "/"
		}
		if words = append(words, dir+name); len(words) == MostWords {
			break
		}
	}
	return words
}
