package main

import (
	"encoding/json"
	"testing"

	"kv/node"
)

// A format is said by an option of the command, by a flag of the shell, or by a context, in
// this order.
func TestWhereAFormatComesFrom(t *testing.T) {
	t.Parallel()
	at := newPlayground(t).Addresses()[0]
	env := []string{"XDG_CONFIG_HOME=" + t.TempDir()}
	kv(t, env, "context", "add", "here", at, "-o", "csv").expect(t, 0)
	kv(t, env, "put", "k", "--", `"\xff"`).expect(t, 0, "key,key_base64,revision,leader,took_ms\nk,,1,n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"list", "-keys"}, "key,key_base64,create_revision,mod_revision,version,lease\nk,,1,1,1,\n"},
		{[]string{"get", "k", "-o", "raw"}, `"\xff"`},
		{[]string{"get", "k", "-o=plain", "-hex"}, "225c78666622\n"},
		{[]string{"-o", "raw", "get", "k"}, `"\xff"`},
		{[]string{"-o=json", "-hex", "list", "-keys", "-o", "csv"}, "key_hex,create_revision,mod_revision,version,lease\n6b,1,1,1,\n"},
		{[]string{"-hex", "-timeout", "5s", "repl", "-o", "plain", "-c", "list -keys"}, "6b\n"},
		{[]string{"-o", "json", "echo", "-o", "csv"}, `{"text":"-o csv"}` + "\n"},
		{[]string{"version", "-o", "csv"}, "version\n" + node.Version + "\n"},
		{[]string{"repl", "-c", "list -count"}, "count,revision\n1,1\n"},
		{[]string{"repl", "-o", "jsonl", "-hex", "-c", "list -keys; list -count -o plain"},
			`{"key_hex":"6b","create_revision":1,"mod_revision":1,"version":1,"lease":null}` + "\n1\n"},
	} {
		if got := kv(t, env, c.args...); got.code != 0 || got.out != c.want || got.err != "" {
			t.Errorf("kv %q prints %q, errors %q, exit code %d", c.args, got.out, got.err, got.code)
		}
	}
	kv(t, env, "repl", "-o", "yaml", "-c", "leader").expect(t, 2, `"yaml" is no format; give one of table`)
	members := kv(t, env, "members", "-o", "json")
	var all []struct {
		Name  string
		Voter bool
	}
	if err := json.Unmarshal([]byte(members.out), &all); err != nil || len(all) != 3 || all[0].Name != "n1" || !all[0].Voter {
		t.Errorf("members: %v, %s", err, members.out)
	}
}
