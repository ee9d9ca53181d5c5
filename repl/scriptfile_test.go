package repl

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/repl/internal/fake"
)

// folder makes files of a text archive: lines `-- NAME --` begin them.
func folder(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for part := range strings.SplitSeq(strings.TrimPrefix(archive, "-- "), "\n-- ") {
		name, text, _ := strings.Cut(part, " --\n")
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// playFile runs main.kv of a folder, and shows the folder as DIR.
func playFile(t *testing.T, dir string, change func(*Config)) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cfg := testConfig(fake.New(), &out, &errs)
	cfg.ScriptFile = filepath.Join(dir, "main.kv")
	if change != nil {
		change(&cfg)
	}
	file, err := os.Open(cfg.ScriptFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	code = RunScript(t.Context(), cfg, file)
	return code, strings.ReplaceAll(out.String(), dir, "DIR"), strings.ReplaceAll(errs.String(), dir, "DIR")
}

func TestFilesSourceFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, archive string
		keepGoing     bool
		args          []string
		code          int
		out, err      string
	}{
		{name: "arguments and variables", args: []string{"one", "two words"},
			archive: "-- main.kv --\nset x 1; echo $1 - \"$2\"; source sub/a.kv $2 z; echo $x $1\n-- sub/a.kv --\necho $1 $2; set x 2; source b.kv\n-- sub/b.kv --\necho in b $x",
			out:     "one - two words\ntwo words z\nin b 2\n2 one\n"},
		{name: "no such argument", archive: "-- main.kv --\nsource a.kv x\n-- a.kv --\necho $1\necho $2", code: ExitUsage, out: "x\n",
			err: "DIR/a.kv:2: there is no argument 2 of this script; to mean the text, write '$2'\n"},
		{name: "an error names its place once", archive: "-- main.kv --\n\nsource a.kv\necho no\n-- a.kv --\nput a 1\nget b\necho no", code: ExitNotFound,
			out: "OK", err: "DIR/a.kv:2: (not found)\n"},
		{name: "keeps going everywhere", keepGoing: true, archive: "-- main.kv --\nsource a.kv\necho $?\nptu\n-- a.kv --\nget b\necho $? on", code: ExitNotFound,
			out: "3 on\n3\n", err: "DIR/a.kv:1: (not found)\nDIR/main.kv:3: there is no command ptu; did you mean put?\n"},
		{name: "keeps going in one", archive: "-- main.kv --\nsource -k a.kv\necho no\n-- a.kv --\nget b\necho on", code: ExitNotFound,
			out: "on\n", err: "DIR/a.kv:1: (not found)\n"},
		{name: "a loop", archive: "-- main.kv --\nsource a.kv\n-- a.kv --\nsource ./main.kv", code: ExitUsage,
			err: "DIR/a.kv:1: source: DIR/main.kv would run in a loop: DIR/main.kv, sourced by DIR/a.kv, sourced by DIR/main.kv\n"},
		{name: "no such file", archive: "-- main.kv --\nsource none.kv", code: ExitUsage,
			err: "DIR/main.kv:1: source DIR/none.kv: no such file or directory\n"},
		{name: "an open quote", archive: "-- main.kv --\nsource a.kv\n-- a.kv --\necho a\n echo 'b", code: ExitUsage, out: "a\n",
			err: "DIR/a.kv:2: column 7: the quote that opens here is never closed\n"},
		{name: "a transaction left open", archive: "-- main.kv --\nsource a.kv; commit\n-- a.kv --\n\ntxn; put a 1", code: ExitUsage,
			err: "DIR/a.kv:2: the transaction that begins here is never committed; nothing was sent\n"},
		{name: "a transaction that goes on", archive: "-- main.kv --\ntxn; source a.kv; commit\n-- a.kv --\nput a 1", out: "succeeded\ttrue\nPUT\t1\ta\n"},
		{name: "exit ends the file", archive: "-- main.kv --\nsource a.kv; echo on\n-- a.kv --\nexit; echo no", out: "on\n"},
		{name: "too deep", archive: "-- main.kv --\n" + strings.Repeat("1 ", 40) + "echo a\n" + strings.Repeat("1 ", 1<<18) + "echo b", code: ExitUsage,
			out: "a\n", err: "DIR/main.kv:2: more than 50 commands are nested here; write them one after the other\n"},
		{name: "repeats", archive: "-- main.kv --\nset n 2; $n echo a; 3 source a.kv\n-- a.kv --\necho b; get c", code: ExitNotFound,
			out: "a\na\nb\n", err: "DIR/a.kv:1: (not found)\nDIR/main.kv:1: that was time 1 of 3\n"},
		{name: "a repeat that fails later", archive: "-- main.kv --\nput a 1; 3 delete a -if-rev 1", code: ExitFailed,
			out: "OK", err: "DIR/main.kv:1: error: the key is at another revision than the condition says; read it and decide again\nDIR/main.kv:1: the key is not there\nDIR/main.kv:1: outcome: not done; nothing was changed\nDIR/main.kv:1: that was time 2 of 3\n"},
		{name: "no repeats", archive: "-- main.kv --\n0 get a", code: ExitUsage, err: "DIR/main.kv:1: N wants a whole number from 1, not 0\nDIR/main.kv:1: usage: repeat N COMMAND…\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := playFile(t, folder(t, c.archive), func(cfg *Config) { cfg.KeepGoing, cfg.ScriptArgs = c.keepGoing, c.args })
			if code != c.code || !strings.HasPrefix(out, c.out) || errs != c.err {
				t.Errorf("code %d, want %d; output\n%s\nerrors\n%s", code, c.code, out, errs)
			}
		})
	}
}

func TestTheStartUpFileComesFirst(t *testing.T) {
	t.Parallel()
	dir := folder(t, "-- main.kv --\necho $greeting\n-- rc --\nset greeting hello\n-- wrong --\nset greeting hello\nget none")
	code, out, errs := playFile(t, dir, func(cfg *Config) { cfg.Startup = filepath.Join(dir, "rc") })
	if code != ExitOK || out != "hello\n" {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
	code, out, errs = playFile(t, dir, func(cfg *Config) { cfg.Startup = filepath.Join(dir, "wrong") })
	if code != ExitNotFound || out != "" || errs != "DIR/wrong:2: (not found)\n" {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
}
