package term

import (
	"os"
	"path/filepath"
)

// prepareHistory makes the history file with its folder, readable by its owner
// alone: values are typed into it, and readline would make it for everybody.
// Nothing depends on it, so that an error only costs the history.
func prepareHistory(path string) {
	if path == "" {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return
	}
	// readline writes a shortened history to this file first.
	for _, name := range []string{path, path + ".tmp"} {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			continue
		}
		_ = f.Chmod(0o600)
		_ = f.Close()
	}
}
