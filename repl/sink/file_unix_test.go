//go:build unix

package sink

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// answer leads an answer into a file, "" for a command that prints nothing.
func answer(t *testing.T, name string, add, failed bool, text string) {
	t.Helper()
	f, err := OpenFile(name, add)
	if err != nil {
		t.Fatal(err)
	}
	if text != "" {
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(failed); err != nil {
		t.Fatal(err)
	}
}

func TestAFileKeepsWhatItHeldUntilThereIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		add, failed bool
		text, want  string
	}{
		{"an answer takes its place", false, false, "new\n", "new\n"},
		{"an empty answer, too", false, false, "", ""},
		{"a failure without an answer leaves it", false, true, "", "old and long\n"},
		{"half an answer is told as far as it came", false, true, "ne", "ne"},
		{"what is added goes behind", true, false, "new\n", "old and long\nnew\n"},
		{"nothing is added by a failure", true, true, "", "old and long\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(name, []byte("old and long\n"), 0o640); err != nil {
				t.Fatal(err)
			}
			answer(t, name, c.add, c.failed, c.text)
			if got, err := os.ReadFile(name); err != nil || string(got) != c.want {
				t.Errorf("it holds %q, %v", got, err)
			}
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestAFailureWithoutAnAnswerLeavesNoFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "file")
	answer(t, name, false, true, "")
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
	answer(t, name, true, false, "")
	if got, err := os.ReadFile(name); err != nil || len(got) > 0 {
		t.Errorf("after an empty answer it holds %q, %v", got, err)
	}
}

// A link stays a link, since the file is not put in place of its name.
func TestALinkIsWrittenThrough(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("to", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	answer(t, filepath.Join(dir, "link"), false, false, "text")
	if got, err := os.ReadFile(filepath.Join(dir, "to")); err != nil || string(got) != "text" {
		t.Errorf("behind the link: %q, %v", got, err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for name, want := range map[string]string{
		dir: "name a file in it", filepath.Join(dir, "no", "file"): "make ", pipe: "start its reader first",
	} {
		if _, err := OpenFile(name, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
