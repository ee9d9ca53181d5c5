package repl

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kv/repl/internal/fake"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// sample is a line that shows how a row prints its answer, instead of the row's example.
type sample struct {
	before string // what has to be done first, which is not shown
	line   string // "" for the example
}

// samples are those of the rows whose example does not show it in a store and a playground
// in memory.
var samples = map[string]sample{
	"get":            {line: "get user/2"},
	"put":            {line: "put user/2 two -prev"},
	"delete":         {line: "delete user/2 -prev"},
	"list":           {line: "list user/"},
	"backup":         {before: "put user/3 c -lease 1", line: "backup DIR/users.kv user/"},
	"restore":        {before: "backup DIR/users.kv; put user/1 bob; delete user/2; put user/4 d", line: "restore DIR/users.kv"},
	"history":        {line: "history user/2"},
	"revert":         {line: "revert greeting 1"},
	"compact":        {line: "compact 3"},
	"watch":          {line: "watch user/ -prefix -from-rev 2 -prev -count 4 -progress 1s"},
	"lease show":     {before: "put user/3 c -lease 1"},
	"txn":            {line: "txn 'if absent a; put a 1; list user/ -limit 1; else; get a'"},
	"stat":           {line: "stat -n 1 -every 1ms"},
	"events":         {line: "events n2"},
	"why":            {line: "why election"},
	"log":            {line: "log"},
	"diff":           {line: "diff"},
	"resume":         {before: "pause n1"},
	"wipe":           {before: "kill n2", line: "wipe n2"},
	"faults":         {before: "delay n1 n2 50ms±20ms"},
	"heal":           {before: "isolate n1", line: "heal n1"},
	"release":        {before: "hold all"},
	"inflight":       {before: "hold all"},
	"deliver":        {before: "hold all"},
	"lose":           {before: "hold all"},
	"step":           {before: "hold all"},
	"every":          {line: "every -n 2 1ms leader"},
	"repeat":         {line: "repeat 2 leader"},
	"expect":         {line: "expect leader == n2"},
	"set":            {before: "set user ann", line: "set"},
	"unset":          {before: "set user ann", line: "unset user"},
	"timing":         {line: "timing"},
	"consistency":    {line: "consistency"},
	"hints":          {line: "hints"},
	"ghost":          {line: "ghost"},
	"format":         {line: "format"},
	"record":         {before: "record DIR/session.kv; leader", line: "record"},
	"record stop":    {before: "record DIR/session.kv; leader", line: "record stop"},
	"source":         {line: "source testdata/formats/leader.kv"},
	"partition":      {line: "partition n1 | n2"},
	"snapshot":       {line: "snapshot @all"},
	"pager":          {before: "pager off", line: "pager"},
	"learn hint":     {before: twoNodes},
	"learn skip":     {before: twoNodes},
	"learn again":    {before: twoNodes},
	"learn stop":     {before: twoNodes},
	"learn":          {line: "learn"},
	"load":           {line: "load 1/m -clients 1"},
	"check":          {line: "check"},
	"chaos":          {line: "chaos -seed 1 -for 20ms -pace 10ms -faults cut -rate 2000/s"},
	"connect":        {line: "connect localhost:8081"},
	"help":           {line: "help get"},
	"explain put":    {line: "explain put color blue"},
	"explain delete": {line: "explain delete color"},
	"status":         {line: "status n2"},
}

// twoNodes begins a lesson.
const twoNodes = "learn -f testdata/two.lesson"

// inBlock is what is typed before a line of a transaction.
const inBlock = "txn; if absent a; put a 1; put b 2"

// Each file of testdata/formats has an answer of every command in one format; hex.txt is
// JSON with -hex. -rewrite accepts what they show now.
func TestEveryCommandInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, name := range append(out.Formats(), "hex") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := inFormat(t, name)
			file := filepath.Join("testdata", "formats", name+".txt")
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s shows now\n%s\ninstead of\n%s", file, got, want)
			}
		})
	}
}

// inFormat is the transcript of all rows in a format.
func inFormat(t *testing.T, name string) string {
	var b strings.Builder
	for _, c := range table() {
		answered := show(t, &b, &c, name)
		if mute := mutes[c.Name] && c.Group != shell.GroupFaults; !answered && !mute || answered && mute && name != string(out.FormatTable) {
			t.Errorf("%s: there is an answer: %t", c.Name, answered)
		}
	}
	return b.String()
}

// mutes are commands that have nothing to say to programs if they succeed.
var mutes = map[string]bool{"exit": true, "unset": true, "if": true, "else": true, "drop": true, "edit": true, "abort": true, "record stop": true, "learn stop": true}

// volatile are commands that tell of real time, so that no number is the same again.
var volatile = map[string]bool{"chaos": true, "load": true, "explain put": true, "explain delete": true}

var (
	numbers = regexp.MustCompile(`load/[0-9a-f]+|\b[0-9]+(\.[0-9]+)?`)
	blanks  = regexp.MustCompile(` {2,}|─+`)
)

// steady is a text of an answer as it is each time.
func steady(c *shell.Command, text, dir string) string {
	if volatile[c.Name] {
		text = blanks.ReplaceAllString(numbers.ReplaceAllString(text, "N"), "  ")
	}
	return strings.ReplaceAll(text, dir, "DIR")
}

// show writes the answer to a row's line, and reports whether there was any.
func show(t *testing.T, w *strings.Builder, c *shell.Command, name string) bool {
	t.Helper()
	store, lab, dir := fake.New(), fake.Lab{"n1": "running", "n2": "running"}, t.TempDir()
	store.Tracing = true
	prepared := samples[c.Name]
	if c.InTxn {
		prepared = sample{before: inBlock}
	}
	line := prepared.line
	if line == "" {
		line = c.Example
	}
	var shown bytes.Buffer
	cfg := testConfig(store, &shown, bangWriter{&shown})
	cfg.Lab, cfg.Width, cfg.Format = lab, 100, name
	if name == "hex" {
		cfg.Format, cfg.Hex = string(out.FormatJSON), true
	}
	s := newSession(cfg, false)
	defer s.Close()
	const world = `put greeting 'hello world'; put user/1 ann; put user/2 "\xff\x00"; put user/2 'x y'; put user/2 "\xff"; lease grant 30s; `
	answer(s, world+strings.ReplaceAll(prepared.before, "DIR", syntax.Quote(dir)))
	shown.Reset()
	answer(s, strings.ReplaceAll(line, "DIR", syntax.Quote(dir)))
	text := steady(c, shown.String(), dir)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "(no newline)\n"
	}
	fmt.Fprintf(w, "> %s\n%s", line, text)
	return text != ""
}

func answer(s *shell.Session, text string) {
	statements, err := syntax.Parse(text)
	if err != nil {
		s.Fail(err)
	}
	s.Answer(context.Background(), statements)
}

// A format of a command's own goes before the session's, for its error, too.
func TestAFormatOfItsOwn(t *testing.T) {
	t.Parallel()
	var outw, errw bytes.Buffer
	script := `put a 1 -o json
get a
get a -o json -hex
get b -o=jsonl
get b
list -o csv -keys
format csv
list a -o raw
set x = get a
echo $x
set y = get a -o json
echo "$y" -o plain
expect get a == 1
get b
format plain
format
`
	cfg := testConfig(fake.New(), &outw, &errw)
	cfg.KeepGoing = true
	RunScript(t.Context(), cfg, strings.NewReader(script))
	const want = `{"key":"a","revision":1,"leader":"n1","took_ms":1}
1
{"key_hex":"61","value_hex":"31","create_revision":1,"mod_revision":1,"version":1,"lease":null,"member":"n1","applied_index":11,"stale":false,"last_contact_ms":null}
key,key_base64,create_revision,mod_revision,version,lease
a,,1,1,1,
a	1
text,text_base64
1,
text,text_base64
"{""key"":""a"",""value"":""1"",""create_revision"":1,""mod_revision"":1,""version"":1,""lease"":null,""member"":""n1"",""applied_index"":11,""stale"":false,""last_contact_ms"":null} -o plain",
plain
`
	const errs = `{"error":"(not found)","at":"line 4","exit_code":3}
line 5: (not found)
line 14: (not found)
`
	if outw.String() != want || errw.String() != errs {
		t.Errorf("answers\n%s\nerrors\n%s", outw.String(), errw.String())
	}
}

// Also rows whose words may begin with a dash take a format: set before its name, and what
// has arrows in it anywhere. Of echo all words are text.
func TestAFormatBesideWordsWithDashes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"set x -5; set -o csv":               "name,value,value_base64\nx,-5,\n",
		"set x -o; set":                      "NAME  VALUE\nx     -o\n",
		"set -- x -5; set":                   "NAME  VALUE\nx     -5\n",
		"set x = get a -o json; echo $x":     `{"key":"a","value":"1","create_revision":1,"mod_revision":1,"version":1,"lease":null,"member":"n1","applied_index":11,"stale":false,"last_contact_ms":null}` + "\n",
		"set -o":                             "! -o wants a value: -o FORMAT\n! usage: set [NAME VALUE | NAME = COMMAND…]\n",
		"cut -o json n1 n2":                  `{"fault":"cut n1 n2","kind":"cut","from":"n1","to":"n2","one_way":false,"groups":[],"mean_ms":null,"jitter_ms":null,"percent":null,"effect":"no message passes between n1 and n2","took_ms":1}` + "\n",
		"hold n1 ->n2 -o csv":                "fault,kind,from,to,one_way,groups,mean_ms,jitter_ms,percent,effect,took_ms\nhold n1 -> n2,hold,n1,n2,true,[],,,,messages from n1 to n2 wait for you; time stands still,1\n",
		"partition n1 | n2 -y -o jsonl":      `{"fault":"partition n1 | n2","kind":"partition","from":null,"to":null,"one_way":false,"groups":["n1","n2"],"mean_ms":null,"jitter_ms":null,"percent":null,"effect":"messages pass within a group only","took_ms":1}` + "\n",
		"heal n9 -o json":                    `! {"error":"n9: no such node; ` + "`nodes`" + ` lists them","exit_code":3}` + "\n",
		"cut n1 n2 -p":                       "! cut has no option -p; a word that begins with a dash goes after --\n! usage: cut FROM [->] TO | all\n",
		"cut n1 -> n2 -o csv | tail -1":      "cut n1 -> n2,cut,n1,n2,true,[],,,,no message passes from n1 to n2,1\n",
		"echo -o json":                       "-o json\n",
		"format json; echo -o; set x 1; set": `{"text":"-o"}` + "\n[\n{\"name\":\"x\",\"value\":\"1\"}\n]\n",
	} {
		var shown bytes.Buffer
		cfg := testConfig(fake.New(), &shown, bangWriter{&shown})
		cfg.Lab = fake.Lab{"n1": "running", "n2": "running"}
		s := newSession(cfg, false)
		answer(s, "put a 1")
		shown.Reset()
		answer(s, line)
		s.Close()
		if got := shown.String(); got != want {
			t.Errorf("%s\n%s", line, got)
		}
	}
}

// What happened, what became of it and what is next are said in JSON, too.
func TestErrorsInJSON(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"put a 1 -o json": `{"error":"the connection broke before an answer came","reason":"LOST_CONNECTION","at":"line 1","outcome":"unknown","exit_code":4}`,
		"get a -o jsonl":  `{"error":"the connection broke before an answer came","reason":"LOST_CONNECTION","at":"line 1","next":"try again; ` + "`members`" + ` tells who is out of reach","exit_code":1}`,
		"put a -o json":   `{"error":"put wants a VALUE","at":"line 1","next":"usage: put KEY VALUE [-if-rev REV] [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME] [-e]","exit_code":2}`,
		"get a -o xml":    "line 1: -o is one of table, plain, json, jsonl, csv, raw, not xml\nline 1: usage: get KEY [-rev REV] [-stale] [-at MEMBER] [@MEMBER]",
	} {
		var errs bytes.Buffer
		store := fake.New()
		store.Fail = faults["lost"]
		RunScript(t.Context(), testConfig(store, io.Discard, &errs), strings.NewReader(line))
		if got := strings.TrimSuffix(errs.String(), "\n"); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}

func TestFormatsHaveNoPlaceInATransaction(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	code := RunScript(t.Context(), testConfig(fake.New(), io.Discard, &errs), strings.NewReader("txn\nget a -o json"))
	if code != ExitUsage || !strings.Contains(errs.String(), "`commit -o` says how its answer is printed") {
		t.Errorf("code %d: %s", code, errs.String())
	}
}
