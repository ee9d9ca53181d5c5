//go:build unix

package repl

import (
	"os"
	"path/filepath"
	"testing"
)

// A format stays where there is a pager, too; what goes into a file is not for people,
// unless they ask for that.
func TestAFormatAtThePrompt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "f")
	s := newShell(t, 80, "KV_PAGER=cat")
	s.wait(calm)
	s.press("format json -hex\rformat\r")
	s.wait(`{"format":"json","hex":true}`)
	s.press("format table\rput a 'b c'\rlist a > " + file + "\r")
	s.wait("OK  rev 1")
	s.press("list a -o table >> " + file + "\rlist a -o jsonl >> " + file + "\rformat\r")
	s.wait("\ntable\n")
	s.leave()
	const want = "a\t'b c'\nKEY  REV  VALUE\na    1    'b c'\n1 key  rev 1  "
	if got, err := os.ReadFile(file); err != nil || len(got) < len(want) || string(got[:len(want)]) != want {
		t.Errorf("the file holds %q, %v", got, err)
	}
}
