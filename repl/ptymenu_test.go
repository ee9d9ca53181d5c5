//go:build unix

package repl

import (
	"strings"
	"testing"
)

func TestTabCompletes(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("mem\t\r")
	s.wait("NAME  ROLE")
	s.press("get 1\t-st\t-at n\t3\r")
	s.wait("get 1" + strings.Repeat("x", 40) + " -stale -at n3")
	s.wait("may be old")
	s.press("list -sort=m\t-ke\t\r")
	s.wait("list -sort=mod -keys")
	s.wait("5 keys")
	s.press("5 ge\t3\t-")
	s.waitLast(calm + " 5 get 3" + strings.Repeat("x", 40) + " -")
	s.press("\x03")
	s.leave()
}

func TestTheMenuIsWalkedThrough(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("list -sort \t")
	s.wait(" list -sort\ncreate   key      mod      version")
	s.waitCursor("list -sort ")
	s.press("\t")
	s.waitCursor("list -sort create ")
	s.press("\t\t\x1b[Z")
	s.waitCursor("list -sort key ")
	s.press("\x1b[C")
	s.waitCursor("list -sort mod ")
	s.press("\x1b")
	s.waitCursor("list -sort ")
	s.until("closed menu", func(screen string) bool { return !strings.Contains(screen, "version") })
	s.press("\x03")
	s.leave()
}

func TestEnterTakesACandidateOnly(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("get \t\t\x1b[B\x1b[B\x1b[A\r")
	s.waitCursor("get 1" + strings.Repeat("x", 40) + " ")
	s.until("closed menu", func(screen string) bool { return !strings.Contains(screen, "2xxx") })
	s.press("\r")
	s.wait("rev 0  version 1")
	s.leave()
}

// What is typed while the menu is open narrows it.
func TestTypingNarrowsTheMenu(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "KV_REPL_MANY=1")
	s.wait(calm)
	s.press("get us\t")
	s.waitCursor("get user/")
	s.press("\t")
	s.wait("user/000/name  user/001/name")
	s.wait("there may be more: type on")
	s.press("29")
	s.wait("get user/29\nuser/290/name  user/291/name")
	s.press("7")
	s.wait("get user/297\nuser/297/name\n")
	s.press("\x7f")
	s.wait("get user/29\nuser/290/name  user/291/name")
	s.press("9\t\r")
	s.waitCursor("get user/299/name ")
	s.press("\x03")
	s.leave()
}

// Keys that are wider than the terminal made readline divide by zero.
func TestLongKeysInANarrowTerminal(t *testing.T) {
	t.Parallel()
	s := newShell(t, 20)
	s.wait("3/3>")
	s.press("get \t")
	s.wait("0xxxxxxx")
	s.wait("…")
	s.press("\t\x1b[B\x1b[B\x1b[A\t\t\x1b[C\x01\x05\x07")
	s.press("\x15put a 1\r")
	s.wait("OK  rev 1")
	s.resize(3, 2)
	s.press("get \t\t\x1b[6~\x1b[5~\x12xx\x07\x03")
	s.resize(80, 40)
	s.press("\x03put a 2\r")
	s.wait("OK  rev 2")
	s.leave()
}

// A cluster that does not answer keeps nobody from typing.
func TestTabWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.order("hang")
	s.press("get \t")
	s.wait("no candidates: the cluster does not answer")
	s.press("\t\x03") // given up at once
	s.wait("get ^C")
	s.press("get \t0 -stale\r")
	s.wait("> get 0 -stale\n")
	s.wait("(not found)")
	s.leave()
}

// The prompt follows the cluster also while a menu or a search is open: readline raced
// with itself there.
func TestThePromptFollowsBehindAMenu(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("list -sort \t\t")
	s.waitCursor("list -sort create ")
	s.order("down")
	s.wait("playground NO QUORUM 1/3> list -sort create\ncreate   key")
	s.press("\x15\x12lis")
	s.wait("NO QUORUM 1/3>\nnothing older or newer has: lis")
	s.press("\x07put a 1\r")
	s.wait("OK  rev 1")
	s.leave()
}
