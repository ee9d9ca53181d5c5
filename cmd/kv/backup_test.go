package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What one cluster had, another one has by two commands.
func TestABackupFromOneClusterIntoAnother(t *testing.T) {
	t.Parallel()
	old, fresh := strings.Join(newPlayground(t).Addresses(), ","), strings.Join(newPlayground(t).Addresses(), ",")
	file := filepath.Join(t.TempDir(), "all.kv")
	kv := func(addr string, args ...string) result { return call(t, "", append(args, "-addr", addr)...) }
	kv(old, "put", "user/1", "ann").expect(t, 0, "OK")
	kv(old, "put", "user/2", "two words\n").expect(t, 0, "OK")
	kv(old, "put", "lock", "n1", "-ttl", "1h").expect(t, 0, "OK")
	kv(old, "backup", file).expect(t, 0, "OK  2 keys", "  1 left out")
	kv(old, "backup", file).expect(t, 2, "there already")
	kv(old, "backup", filepath.Join(t.TempDir(), "no", "all.kv")).expect(t, 2, "no folder")
	kv(fresh, "put", "user/3", "cy").expect(t, 0, "OK")
	kv(fresh, "restore", file, "-dry-run").expect(t, 0, "PUT\t0\tuser/1\nPUT\t0\tuser/2\nDELETE\t1\tuser/3\n")
	kv(fresh, "restore", file).expect(t, 0, "OK  2 put  1 deleted  0 the same  rev 2")
	kv(fresh, "restore", file, "-o", "json").expect(t, 0, `{"put":0,"deleted":0,"same":2,"left_alone":0,"changed_meanwhile":0,"revision":2,`)
	if got, want := kv(fresh, "list").out, kv(old, "list", "user/").out; got != want || got == "" {
		t.Errorf("%q instead of %q", got, want)
	}
	kv(fresh, "restore", file+"x").expect(t, 2, "no such file")
	kv(fresh, "restore", "main.go").expect(t, 1, "it is no backup of kv", "nothing was changed")
}
