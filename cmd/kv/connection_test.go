//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where nobody listens the error names the address, which shows which one was taken.
func TestWhichClusterACommandTakes(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	must(t, os.WriteFile(filepath.Join(home, "none.json"), nil, 0o600))
	env := func(more ...string) []string { return append([]string{"XDG_CONFIG_HOME=" + home}, more...) }
	ports := make([]string, 4)
	for i := range ports {
		ports[i] = fmt.Sprintf("localhost:%d", freePort(t))
	}
	flag, variable, current, other := ports[0], ports[1], ports[2], ports[3]
	kv(t, env(), "context", "add", "first", current+","+current).expect(t, 0)
	kv(t, env(), "context", "add", "other", other).expect(t, 0)
	for name, c := range map[string]struct {
		env, args []string
		want      string
	}{
		"a flag before all":            {[]string{"KV_ADDR=" + variable}, []string{"-addr", flag, "-context", "other"}, flag},
		"a flag behind the command":    {nil, []string{"--addr=" + flag}, flag},
		"a named context":              {[]string{"KV_ADDR=" + variable}, []string{"-context", "other"}, other},
		"KV_ADDR before the current":   {[]string{"KV_ADDR=" + variable, "KV_CONTEXT=other"}, nil, variable},
		"KV_CONTEXT, too":              {[]string{"KV_CONTEXT=other"}, nil, other},
		"the current context":          {nil, nil, current},
		"a shell takes it by the same": {[]string{"KV_CONTEXT=other"}, []string{"repl", "-c"}, other},
		"so does a load":               {[]string{"KV_ADDR=" + variable}, []string{"bench", "-context", "other"}, other},
		"without a word, too":          {nil, []string{"bench"}, current},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"get", "k", "-patience", "1ms"}, c.args...)
			if len(c.args) > 0 && c.args[0] == "repl" {
				args = []string{"repl", "-patience", "1ms", "-c", "get k"}
			}
			if len(c.args) > 0 && c.args[0] == "bench" {
				args = append(c.args, "-patience", "1ms")
			}
			r := kv(t, env(c.env...), args...)
			r.expect(t, 1, c.want+": connection refused")
			for _, p := range ports {
				if p != c.want && strings.Contains(r.err, p) {
					t.Errorf("%s was asked, too: %s", p, r.err)
				}
			}
		})
	}
}

func TestContextsAtWork(t *testing.T) {
	t.Parallel()
	env := []string{"XDG_CONFIG_HOME=" + t.TempDir()}
	do := func(code int, texts []string, args ...string) result {
		t.Helper()
		r := kv(t, env, append([]string{"context"}, args...)...)
		r.expect(t, code, texts...)
		return r
	}
	do(0, []string{"kv context add NAME"}, "list")
	do(0, nil, "add", "prod", "a:1,b:2", "-prompt", "{member}> ", "-o", "jsonl")
	do(0, nil, "add", "dev", "c:3")
	do(0, []string{"*", "prod", "a:1,b:2", "dev", "c:3"}, "list")
	do(0, []string{"addresses  a:1,b:2\n", "prompt     {member}> \n", "output     jsonl\n"}, "show")
	do(0, nil, "use", "dev")
	do(0, []string{"c:3"}, "show")
	do(0, nil, "remove", "dev")
	do(2, []string{"no context is used"}, "show")
	do(0, nil, "use", "-")
	do(3, []string{`"dev"`, "kv context list"}, "use", "dev")
	do(2, []string{"want HOST:PORT"}, "add", "x", "nonsense")
	do(2, []string{"{memmber}", "{member}"}, "add", "x", "a:1", "-prompt", "{memmber}")
	do(2, []string{`"xml"`, "json", "csv"}, "add", "x", "a:1", "-o", "xml")
	do(1, []string{"missing.pem"}, "add", "x", "a:1", "-ca", "missing.pem")
	do(1, []string{"no name for a context"}, "add", "a/b", "a:1")
	do(2, []string{"kv context add NAME HOST:PORT"}, "add", "x")
	do(2, []string{`"drop"`, "remove"}, "drop", "prod")
	kv(t, env, "get", "k", "-context", "dev").expect(t, 2, "kv context list")
	kv(t, env, "get", "k", "-context", "dev", "-o", "json").expect(t, 2, `{"error":"no such context: \"dev\"; `, `"exit_code":2}`)
	kv(t, env, "-o=jsonl", "get", "k", "-context", "dev").expect(t, 2, `{"error":"no such context`)
	kv(t, env, "repl", "-context", "dev", "-o", "json", "-c", "leader").expect(t, 2, `{"error":"no such context`)
	kv(t, env, "get", "k", "-ca").expect(t, 2, "-ca needs a value")
	kv(t, env, "get", "k", "-patience", "2").expect(t, 2, "2s")
}

// Contexts answer in every format, their errors included.
func TestContextsInEveryFormat(t *testing.T) {
	t.Parallel()
	env := []string{"XDG_CONFIG_HOME=" + t.TempDir()}
	kv(t, env, "context", "list", "-o", "json").expect(t, 0, "[]\n")
	kv(t, env, "-o", "json", "context", "add", "prod", "a:1,b:2").expect(t, 0, `{"name":"prod","done":"added","took_ms":`)
	kv(t, env, "context", "add", "dev", "c:3").expect(t, 0, "OK  dev is added")
	const record = `{"name":"prod","used":true,"addresses":["a:1","b:2"],"tls":false,"ca":null,"cert":null,"key":null,"server_name":null,"output":"json","prompt":null}` + "\n"
	for _, c := range []struct {
		args []string
		code int
		out  string
		err  string
	}{
		{[]string{"list"}, 0, "   NAME  ADDRESSES  TLS\n   dev   c:3        no\n*  prod  a:1,b:2    no\n", ""},
		{[]string{"show", "-o", "json"}, 0, record, ""},
		{[]string{"show", "prod", "-o", "raw"}, 0, "name       prod\naddresses  a:1,b:2\noutput     json\n", ""},
		{[]string{"list", "-o", "csv"}, 0, "name,used,addresses,tls,ca,cert,key,server_name,output,prompt\n" +
			"dev,false,\"[\"\"c:3\"\"]\",false,,,,,,\nprod,true,\"[\"\"a:1\"\",\"\"b:2\"\"]\",false,,,,,json,\n", ""},
		{[]string{"use", "gone", "-o", "json"}, 3, "", `{"error":"no such context: \"gone\"; ` + "`kv context list`" + ` shows those there are","exit_code":3}` + "\n"},
		{[]string{"use", "-o", "jsonl"}, 2, "", `{"error":"it is written so: kv context use NAME","exit_code":2}` + "\n"},
		{[]string{"list", "-o", "xml"}, 2, "", `kv: -o: "xml" is no format; give one of table, plain, json, jsonl, csv, raw` + "\n"},
	} {
		if r := kv(t, env, append([]string{"context"}, c.args...)...); r.code != c.code || r.out != c.out || r.err != c.err {
			t.Errorf("%q: exit code %d\n%s%s", c.args, r.code, r.out, r.err)
		}
	}
}

// The shell goes from one cluster to another, and stays where nobody answers.
func TestConnectGoesToAnotherCluster(t *testing.T) {
	t.Parallel()
	here, there := newPlayground(t).Addresses()[0], newPlayground(t).Addresses()[0]
	kv(t, nil, "put", "where", "here", "-addr", here).expect(t, 0)
	kv(t, nil, "put", "where", "there", "-addr", there).expect(t, 0)
	env := []string{"XDG_CONFIG_HOME=" + t.TempDir()}
	kv(t, env, "context", "add", "second", there).expect(t, 0)
	dead := fmt.Sprintf("localhost:%d", freePort(t))
	kv(t, env, "repl", here, "-k", "-c", "get where; connect "+dead+"; get where; connect nowhere; connect second; get where; connect "+here+"; get where").
		expect(t, 1, "here\nhere\nCluster playground: n", "there\nCluster playground: n", "leads, 3 of 3 voters are up.\nhere\n", dead+": connection refused", `"nowhere" is neither`)

	p := sitDown(t, env, "repl", here)
	p.sees(0, `playground n\d\[leader\] t\d+ 3/3> `)
	mark := p.mark()
	p.types("connect sec\t\rget where\r")
	p.sees(mark, `there\s`)
	p.sees(mark, `playground n\d\[leader\] t\d+ 3/3> `)
}
