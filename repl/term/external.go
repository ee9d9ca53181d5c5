package term

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	xterm "golang.org/x/term"
)

// Edit implements Line.
func (e *editor) Edit(content []byte) ([]byte, error) {
	name := editorCommand()
	dir, err := os.MkdirTemp("", "kv-edit-") // mode 0700: what an editor leaves beside the file goes, too
	if err != nil {
		return nil, fmt.Errorf("make a file to edit: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "value")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, fmt.Errorf("make a file to edit: %w", err)
	}
	if err := e.runEditor(name, file); err != nil {
		return nil, fmt.Errorf("the editor %s: %w; $EDITOR names another", name, err)
	}
	edited, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read what was edited: %w", err)
	}
	// Editors end the last line.
	if n := len(content); n == 0 || content[n-1] != '\n' {
		edited = edited[:len(strings.TrimSuffix(string(edited), "\n"))]
	}
	return edited, nil
}

// editorCommand is the person's editor, with its options.
func editorCommand() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := strings.TrimSpace(os.Getenv(name)); command != "" {
			return command
		}
	}
	if runtime.GOOS == "windows" {
		return "notepad"
	}
	return "vi"
}

// runEditor gives the terminal to the editor, and takes it back as it was.
func (e *editor) runEditor(command, file string) error {
	// The shell between has to outlive the signals that the editor takes for keys.
	cmd := exec.Command("sh", "-c", "trap : INT QUIT; "+command+` "$@"`, command, file)
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(command), file)
		cmd = exec.Command(words[0], words[1:]...)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.out, e.out
	var err error
	e.Lend(func() { err = cmd.Run() })
	return err
}

// Lend implements Line.
func (e *editor) Lend(use func()) {
	if state, err := xterm.GetState(int(e.in.Fd())); err == nil {
		defer xterm.Restore(int(e.in.Fd()), state)
	}
	use()
}

// editLine lets the person edit a line in their editor. With an error the line stays
// as it is, and the error is told above it.
func (e *editor) editLine(line string) string {
	edited, err := e.Edit([]byte(line))
	if err == nil && strings.ContainsRune(string(edited), 0) {
		err = errors.New(`the line has a zero byte; write "\0" for it`)
	}
	if err != nil {
		e.Above(err.Error())
		return line
	}
	return strings.ToValidUTF8(strings.ReplaceAll(string(edited), "\r\n", "\n"), "\ufffd")
}
