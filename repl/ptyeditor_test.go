//go:build unix

package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script makes a program of the operating system's shell; $1 is the file to edit.
func script(t *testing.T, body string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTheEditorChangesALine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newShell(t, 80, "TMPDIR="+dir, "VISUAL=", "EDITOR="+script(t, `
		ls -l "$2" | cut -c1-10 >`+dir+`/seen
		ls -ld "$(dirname "$2")" | cut -c1-10 >>`+dir+`/seen
		stty -a </dev/tty | grep -q ' -icanon' && echo raw >>`+dir+`/seen
		printf 'put b "two words"\nget b\n' >>"$2"`)+" -x")
	s.wait(calm)
	s.press("put a 1\x1b\r\x18\x05")
	s.wait(calm + " put a 1\n...> put b \"two words\"\n...> get b")
	s.press("\r")
	s.wait("\ntwo words\nrev 2")
	s.leave()
	if seen, err := os.ReadFile(filepath.Join(dir, "seen")); err != nil || string(seen) != "-rw-------\ndrwx------\n" {
		t.Errorf("the editor has seen %q, %v", seen, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "kv-edit-*")); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
}

func TestTheEditorFails(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "VISUAL="+script(t, `stty raw -echo </dev/tty; exit 3`))
	s.wait(calm)
	s.press("put a 1\x18\x05")
	s.wait("exit status 3")
	s.waitCursor(calm + " put a 1") // the line is still there
	s.press("\r")
	s.wait("OK  rev 1")
	s.press("put a -e\r")
	s.until("second complaint", func(screen string) bool { return strings.Count(screen, "exit status 3") == 2 })
	s.waitLast(calm)
	s.press("get a\r")
	s.wait("\n1\nrev 1")
	s.leave()
}

func TestTheEditorChangesAValue(t *testing.T) {
	t.Parallel()
	edit := script(t, `case "$(cat "$1")" in
		"") echo one >"$1";;
		one) printf 'one\ntwo\n\377' >"$1";;
		*) ;;
	esac`)
	s := newShell(t, 80, "VISUAL="+edit)
	s.wait(calm)
	s.press("put a -e\r")
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("\none\nrev 1")
	s.press("put a -e\r")
	s.wait("OK  rev 2")
	s.press("get a\r")
	s.wait("\n\"one\\ntwo\\n\\xff\"\nrev 2")
	s.press("put a -e\r")
	s.wait("nothing was changed, and nothing sent")
	s.press("put a 1 -e\r")
	s.wait("VALUE and -e exclude each other")
	s.leave()
}

// An empty value is not sent, nor one that would overwrite what another has written
// meanwhile: that one is kept.
func TestTheEditedValueIsNotLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	edit := script(t, `cp "$1" `+dir+`/began
		if grep -q mine "$1"; then printf '' >"$1"; exit; fi
		touch "$KV_REPL_SHELL.put"
		while ! [ -e "$KV_REPL_SHELL.done" ]; do sleep 0.01; done
		echo mine >"$1"`)
	s := newShell(t, 80, "VISUAL="+edit)
	s.wait(calm)
	s.press("put color -e\r")
	s.wait("what you wrote is kept: put color -e goes on with it")
	s.wait("the key is at revision 1")
	s.press("get color\r")
	s.wait("\nblue\nrev 1")
	s.press("put color -e\r")
	s.wait("the value is empty; nothing was sent")
	if began, err := os.ReadFile(filepath.Join(dir, "began")); err != nil || string(began) != "mine" {
		t.Errorf("the second time it began with %q, %v", began, err)
	}
	s.leave()
}

// Ctrl-C, or what Emacs has in its place, is a key of the editor and ends nothing else.
func TestCtrlCInTheEditorIsTheEditors(t *testing.T) {
	t.Parallel()
	edit := script(t, `trap 'echo edited >"$1"; exit 0' INT
		echo editing
		while true; do sleep 0.01; done`)
	s := newShell(t, 80, "VISUAL="+edit)
	s.wait(calm)
	s.press("put a -e\r")
	s.wait("\nediting\n")
	s.stop("OK  rev 1")
	s.press("put b \x18\x05")
	s.until("second time", func(screen string) bool { return strings.Count(screen, "editing\n") == 2 })
	s.stopUntil("edited line", func(screen string) bool { return strings.Contains(screen, "> edited") })
	s.press("\x03")
	s.leave()
}
