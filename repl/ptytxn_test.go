//go:build unix

package repl

import (
	"os"
	"strings"
	"testing"
)

// order makes a file that the shell on the terminal looks for.
func (s *terminal) order(name string) {
	s.t.Helper()
	if err := os.WriteFile(s.history+"."+name, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func TestThePromptShowsTheTransaction(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("txn\r")
	s.wait("playground n1 3/3 txn>")
	s.press("put a")
	s.wait("txn> put a")
	s.order("down")
	s.wait("playground NO QUORUM 1/3 txn> put a")
	s.press(" 1\rget a\rsh\t\r")
	s.wait(" 2  get a")
	s.press("commit\r")
	s.wait("OK  done  rev 1")
	s.wait("playground NO QUORUM 1/3>\n")
	s.leave()
}

func TestThePromptTellsOfTheNextTry(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("consistency stale\r")
	s.wait("playground n1 3/3 stale>")
	s.press("put greet")
	s.wait("stale> put greet")
	s.order("gone")
	s.wait("(unreachable, next try in")
	s.wait("s) stale> put greet")
	s.press("ing hello")
	s.wait("s) stale> put greeting hello")
	if err := os.Remove(s.history + ".gone"); err != nil {
		t.Fatal(err)
	}
	s.wait("playground n1 3/3 stale> put greeting hello")
	s.press("\x03")
	s.leave()
}

func TestCtrlDLeavesTheTransactionFirst(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("txn\r")
	s.wait("playground n1 3/3 txn>")
	s.press("put a 1\r")
	s.wait("txn> put a 1\n")
	s.wait("txn>\n")
	s.press("\x04")
	s.wait("the transaction is aborted; nothing was sent\n" + calm)
	s.press("list -count\r")
	s.wait("5 keys  rev 0")
	s.leave()
}

func TestCtrlCInATransactionClearsTheLineOnly(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("txn\r")
	s.wait("playground n1 3/3 txn>")
	s.press("put a 1\x03put b 2\rshow\r")
	s.wait(" 1  put b 2")
	s.press("abort\r")
	s.wait("nothing was sent\n" + calm)
	s.leave()
}

func TestCtrlCEndsAWatch(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("watch\r")
	s.wait("watching all keys; Ctrl-C ends it")
	s.order("put")
	s.wait("PUT     color  blue  rev 1  version 1")
	s.stop("1 change; -from-rev 2 goes on\n" + calm)
	s.press("put a 2\r")
	s.wait("OK  rev 2")
	s.leave()
}

func TestDeletingManyAsks(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("delete -from 0 -to 2\r")
	s.wait("delete 2 keys from 0 to 2? [y/N]")
	s.press("\t\r")
	s.wait("nothing was changed\n" + calm)
	s.press("delete '' -prefix\r")
	s.wait("delete everything, 5 keys? [y/N]")
	s.press("\x03")
	s.until("second refusal", func(screen string) bool { return strings.Count(screen, "nothing was changed\n") == 2 })
	s.press("delete 0 -prefix\r")
	s.wait("delete 1 key under 0? [y/N]")
	s.press("y\r")
	s.wait("OK  1 deleted  rev 1")
	s.leave()
}

func TestTabCompletesTwoWords(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("leas\tgr\t30s\r")
	s.wait("OK  lease 1  lasts 30s")
	s.press("lease sh\t1\r")
	s.wait("left   15s")
	s.leave()
}
