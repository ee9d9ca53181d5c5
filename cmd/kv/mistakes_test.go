//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What a person can get wrong is told in one line that names the thing and, as far
// as there is one, the way out.
func TestMistakesAreToldInOneLine(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { busy.Close() })
	taken := fmt.Sprint(busy.Addr().(*net.TCPAddr).Port)
	free := func() string { return fmt.Sprint(freePort(t)) }
	for name, c := range map[string]struct {
		env, args []string
		code      int
		want      []string
	}{
		"bootstrap and join":     {nil, []string{"-bootstrap", "-join", "localhost:1"}, 2, []string{"-bootstrap", "-join", "give one of them"}},
		"unknown flag":           {nil, []string{"-bootstarp"}, 2, []string{"-bootstarp", "kv node -help"}},
		"stray argument":         {nil, []string{"bootstrap"}, 2, []string{`unexpected argument "bootstrap"`, "did you mean -bootstrap?"}},
		"port that is a word":    {[]string{"KV_PORT=abc"}, nil, 2, []string{"KV_PORT", `"abc"`}},
		"port flag of a word":    {nil, []string{"-raft-port", "abc"}, 2, []string{"-raft-port", `"abc"`}},
		"port too high":          {nil, []string{"-kv-port", "99999"}, 1, []string{"KV_PORT is 99999", "1 to 65535"}},
		"negative limit":         {nil, []string{"-max-requests", "-1"}, 2, []string{"-max-requests is -1", "negative"}},
		"size with a wrong unit": {nil, []string{"-quota-bytes", "2GB"}, 2, []string{"-quota-bytes", "2GiB"}},
		"value too large":        {nil, []string{"-max-value-bytes", "16MiB"}, 1, []string{"-max-key-bytes is 32768", "-max-value-bytes 16777216", "at most"}},
		"negative history":       {nil, []string{"-history-age", "-1h"}, 2, []string{"-history-age is -1h", "negative"}},
		"port of zero":           {[]string{"RAFT_PORT=0"}, nil, 2, []string{"-raft-port is 0", "1 to 65535"}},
		"one port for both":      {[]string{"KV_PORT=7", "RAFT_PORT=7"}, nil, 1, []string{"both 7"}},
		"name with a blank":      {[]string{"NODE_ID=node 1"}, nil, 1, []string{"NODE_ID", "letters, digits"}},
		"log level":              {nil, []string{"-log-level", "loud"}, 2, []string{"loud", "debug, info, warn or error"}},
		"client port in use":     {[]string{"RAFT_PORT=" + free()}, []string{"--kv-port", taken}, 1, []string{taken, "-kv-port", "KV_PORT", "in use"}},
		"raft port in use":       {[]string{"KV_PORT=" + free(), "RAFT_PORT=" + taken}, nil, 1, []string{taken, "-raft-port", "RAFT_PORT", "in use"}},
		"folder that is a file":  {[]string{"DATA_DIR=/dev/null"}, nil, 1, []string{"/dev/null"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := kv(t, c.env, append([]string{"node"}, c.args...)...)
			r.expect(t, c.code, append(c.want, "kv node: ")...)
			if strings.Count(r.err, "\n") != 1 || r.out != "" {
				t.Errorf("more than one line:\n%s%s", r.out, r.err)
			}
		})
	}
}

func TestAFolderInUse(t *testing.T) {
	t.Parallel()
	n1 := newMember(t, "n1")
	n1.start(t, byEnvironment)
	r := kv(t, []string{"DATA_DIR=" + n1.dir}, "node", "-kv-port", fmt.Sprint(freePort(t)), "-raft-port", fmt.Sprint(freePort(t)))
	r.expect(t, 1, "in use by another process", n1.dir, "-data-dir or DATA_DIR")
	if strings.Count(r.err, "\n") != 1 {
		t.Errorf("more than one line: %s", r.err)
	}
	kv(t, nil, "status", "-addr", n1.address()).expect(t, 0, "n1, waiting")
}

// A disk that is full is no reason to fear for what is on it.
func TestTheWayOutOfAFullDisk(t *testing.T) {
	t.Parallel()
	full := fmt.Errorf("disk: %w", &fs.PathError{Op: "write", Path: "1.seg", Err: syscall.ENOSPC})
	if got := wayOut(full); !strings.Contains(got, "make room") {
		t.Errorf("after %v it says %q", full, got)
	}
	if got := wayOut(fs.ErrNotExist); got != "" {
		t.Errorf("after something else it says %q", got)
	}
}

// contents lists a folder with the modes, sizes and bytes of all that is in it.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, path, info.Mode(), info.ModTime())
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%q\n", data)
		return err
	}))
	return b.String()
}

func TestAForeignFolderIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "photos")
	must(t, os.MkdirAll(filepath.Join(dir, "2024"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "2024", "cat.jpg"), []byte("cat"), 0o644))
	before := contents(t, dir)
	kv(t, []string{"DATA_DIR=" + dir}, "node", "-bootstrap").expect(t, 1, "no kv data folder", dir)
	if after := contents(t, dir); after != before {
		t.Errorf("the folder was\n%s\nand is\n%s", before, after)
	}
}

// A join that cannot succeed ends with the time given for it, and with exit code
// 1, whatever is or is not at the address.
func TestJoinWhereNoMemberIs(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	for name, addr := range map[string]string{
		"nothing":      fmt.Sprintf("localhost:%d", freePort(t)),
		"a web server": web.Listener.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newMember(t, "n1")
			env, _ := n.settings(byEnvironment)
			r := kv(t, env, "node", "-join", addr, "-join-timeout", "1s", "-log-level", "error")
			r.expect(t, 1, "kv node: join "+addr, "client port")
			if strings.Count(r.err, "\n") != 1 {
				t.Errorf("more than one line: %s", r.err)
			}
		})
	}
}
