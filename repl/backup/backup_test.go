package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/backup"
	"kv/repl/failure"
	"kv/repl/internal/fake"
	"kv/repl/shell"
)

// meddled is a store in which something happens before each transaction.
type meddled struct {
	*fake.Store
	txns   int
	before func(n int) error
}

func (m *meddled) Txn(ctx context.Context, t client.Txn) (client.TxnResult, error) {
	m.txns++
	if m.before != nil {
		if err := m.before(m.txns); err != nil {
			return client.TxnResult{}, err
		}
	}
	return m.Store.Txn(ctx, t)
}

func put(t *testing.T, st *meddled, key, value string) {
	t.Helper()
	_, err := st.Store.Txn(t.Context(), client.Txn{Then: []client.Op{client.OpPut(key, []byte(value))}})
	if err != nil {
		t.Fatal(err)
	}
}

// session is one of a script, over a store, with what it prints.
func session(st backup.Store) (*shell.Session, *bytes.Buffer) {
	var printed bytes.Buffer
	return fake.Session(&printed, &printed, backup.Room(st)), &printed
}

// run executes a line of words and returns its exit code.
func run(t *testing.T, s *shell.Session, words ...string) int {
	t.Helper()
	if err := s.Exec(t.Context(), words); err != nil {
		return s.Fail(err)
	}
	return failure.ExitOK
}

func backedUp(t *testing.T, keys int) (*meddled, string) {
	t.Helper()
	st := &meddled{Store: fake.New()}
	for i := range keys {
		put(t, st, fmt.Sprintf("k%03d", i), "v")
	}
	name := filepath.Join(t.TempDir(), "all.kv")
	s, printed := session(st)
	if code := run(t, s, "backup", name); code != failure.ExitOK {
		t.Fatal(printed)
	}
	return st, name
}

func TestWhatOthersChangeMeanwhileIsToldOf(t *testing.T) {
	t.Parallel()
	st, name := backedUp(t, 7)
	for i := range 7 {
		put(t, st, fmt.Sprintf("k%03d", i), "later")
	}
	st.before = func(n int) error {
		for i := range 6 * (2 - min(n, 2)) { // before the first one
			put(t, st, fmt.Sprintf("k%03d", i), "other")
		}
		return nil
	}
	s, printed := session(st)
	code := run(t, s, "restore", name)
	if code != failure.ExitFailed || !strings.Contains(printed.String(), "OK  1 put  0 deleted  0 the same  6 changed meanwhile") ||
		!strings.Contains(printed.String(), "error: 6 keys were changed by others meanwhile and left so: k000  k001  k002  k003  k004  …; `restore ") {
		t.Errorf("code %d\n%s", code, printed)
	}
}

func TestARestoreThatIsCutOffSaysHowFarItWent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err        error
		keys       int
		first      int // transaction that fails
		code       int
		want, next string
	}{
		{kverr.ErrNoQuorum, 320, 1, failure.ExitNoQuorum, "outcome: not done; nothing was changed", ""},
		{kverr.ErrNoQuorum, 320, 3, failure.ExitNoQuorum, "outcome: 128 of 320 keys restored; `restore ", " again goes on from there\n"},
		{kverr.ErrTimeout, 64, 1, failure.ExitUnknown, "outcome: 0 of 64 keys restored, of 64 more nobody knows; `restore ", " again goes on from there\n"},
	} {
		st, name := backedUp(t, c.keys)
		if _, err := st.DeleteRange(t.Context(), client.Range{}); err != nil {
			t.Fatal(err)
		}
		st.before = func(n int) error {
			if n >= c.first {
				return c.err
			}
			return nil
		}
		s, printed := session(one{st, make(chan struct{}, 1)})
		if code := run(t, s, "restore", name); code != c.code || !strings.Contains(printed.String(), c.want) || !strings.Contains(printed.String(), c.next) {
			t.Errorf("code %d\n%s", code, printed)
		}
		st.before = nil
		if code := run(t, s, "restore", name); code != failure.ExitOK {
			t.Error(printed)
		}
	}
}

func TestABackupThatFailsLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	st, name := backedUp(t, 3)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	st.Fail = kverr.ErrNoLeader
	s, printed := session(st)
	if code := run(t, s, "backup", name, "-force"); code != failure.ExitNoQuorum {
		t.Errorf("code %d\n%s", code, printed)
	}
	after, err := os.ReadFile(name)
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
	hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".*"))
	if err != nil || !bytes.Equal(before, after) || len(files)+len(hidden) != 1 {
		t.Errorf("%v, %d files, %d hidden", err, len(files), len(hidden))
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	st.Fail = nil
	put(t, st, "k9", "")
	if code := run(t, s, "backup", name, "-force"); code != failure.ExitOK {
		t.Error(printed)
	}
	if now, err := os.ReadFile(name); err != nil || bytes.Equal(now, before) {
		t.Errorf("it was not replaced: %v", err)
	}
}

// The name of a backup may be as long as the file system takes it.
func TestALongName(t *testing.T) {
	t.Parallel()
	st, _ := backedUp(t, 3)
	s, printed := session(st)
	name := filepath.Join(t.TempDir(), strings.Repeat("x", 255))
	if code := run(t, s, "backup", name); code != failure.ExitOK {
		t.Errorf("code %d\n%s", code, printed)
	}
}

// A dash is no file, for who writes it wants a pipe, where a half backup would pass for one.
func TestABackupIsAFile(t *testing.T) {
	t.Parallel()
	st, _ := backedUp(t, 3)
	for _, name := range []string{"-", ""} {
		s, printed := session(st)
		if code := run(t, s, "backup", name, "-force"); code != failure.ExitUsage || !strings.Contains(printed.String(), "is no name for a file") {
			t.Errorf("%q: code %d\n%s", name, code, printed)
		}
	}
}

// What a file says of itself is no command for the terminal.
func TestNothingOfAFileReachesTheTerminalAsItIs(t *testing.T) {
	t.Parallel()
	st, _ := backedUp(t, 3)
	body := `{"kv_backup":1,"cluster":"\u001b[2J","cluster_id":"\u001b[2J","revision":1,"time":"2026-11-30T12:00:00Z","stale_at":"n\u001b[2J"}` + "\n" + `{"keys":0,"leased":0}` + "\n"
	name := filepath.Join(t.TempDir(), "strange.kv")
	if err := os.WriteFile(name, fmt.Appendf([]byte(body), "{\"sha256\":\"%x\"}\n", sha256.Sum256([]byte(body))), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	s := fake.Session(&printed, &printed, backup.Room(st))
	s.Human = true
	if code := run(t, s, "restore", name, "-dry-run"); code != failure.ExitOK || strings.Contains(printed.String(), "\x1b") || !strings.Contains(printed.String(), "may have been old") {
		t.Errorf("code %d\n%q", code, printed.String())
	}
}

// At the prompt a restore asks, unless there is nothing to do or -y is given; in a script
// nobody is asked.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		differs bool
		words   []string
		asked   int
	}{{true, nil, 1}, {true, []string{"-y"}, 0}, {false, nil, 0}, {true, []string{"-dry-run"}, 0}} {
		st, name := backedUp(t, 3)
		if c.differs {
			put(t, st, "k000", "later")
		}
		s := fake.Session(io.Discard, io.Discard, backup.Room(st))
		asked := 0
		s.Ask = func(question string) bool {
			if question != "restore 1 key? [y/N] " {
				t.Error(question)
			}
			asked++
			return false
		}
		if code := run(t, s, append([]string{"restore", name}, c.words...)...); code != failure.ExitOK || asked != c.asked || st.txns > 0 != (c.differs && c.words != nil && c.words[0] == "-y") {
			t.Errorf("%+v: code %d, asked %d times, %d transactions", c, code, asked, st.txns)
		}
	}
}

// one lets one transaction be under way at a time, so that the numbers are the same again.
type one struct {
	*meddled
	gate chan struct{}
}

func (o one) Txn(ctx context.Context, t client.Txn) (client.TxnResult, error) {
	o.gate <- struct{}{}
	defer func() { <-o.gate }()
	return o.meddled.Txn(ctx, t)
}
