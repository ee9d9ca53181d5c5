package txn

import (
	"fmt"

	"kv/client"
	"kv/repl/shell"
)

func ifRow() shell.Command {
	return shell.Command{
		Name: "if", Group: shell.GroupTxn, InTxn: true, Line: true, Raw: true, Operators: true,
		Args: []shell.Arg{{Name: "FIELD", Kind: kindField}, {Name: "KEY", Kind: shell.KindKey},
			{Name: "RELATION", Kind: kindRelation, Optional: true}, {Name: "OPERAND", Optional: true}},
		Check:   func(c *shell.Command, a shell.Args) error { _, err := condition(c, a); return err },
		Summary: "set a condition",
		Help: "  if value KEY = VALUE    also != < <= > >=, by the bytes\n" +
			"  if mod KEY = REV        revision of its last change; 0: it is not there\n" +
			"  if create KEY = REV     revision of its creation\n" +
			"  if version KEY > N      number of its changes since then\n" +
			"  if lease KEY != 0       id of its lease\n" +
			"  if absent KEY           it is not there\n" +
			"  if present KEY          it is there\n" +
			"All conditions must hold. Of a key that is not there the numbers are 0, and\n" +
			"its value is equal, unequal or comparable to none.\n",
		Example: "if value greeting = 'hello world'",
	}
}

// The kinds of this room.
var (
	kindField    = fieldKind("value", "mod", "version", "create", "lease", "absent", "present")
	kindRelation = shell.OneOf("=", "!=", "<", "<=", ">", ">=")
)

// fieldKind is OneOf with an example: a field is what people forget.
func fieldKind(words ...string) *shell.Kind {
	kind := shell.OneOf(words...)
	return &shell.Kind{Words: words, Read: func(word string) (uint64, string) {
		n, complaint := kind.Read(word)
		if complaint != "" {
			complaint += "; as in `if value a = 1`"
		}
		return n, complaint
	}}
}

var fields = map[string]client.Field{"value": client.FieldValue, "mod": client.FieldModRevision,
	"create": client.FieldCreateRevision, "version": client.FieldVersion, "lease": client.FieldLease}

var relations = map[string]client.Relation{"=": client.Equal, "!=": client.NotEqual, "<": client.Less,
	"<=": client.LessOrEqual, ">": client.Greater, ">=": client.GreaterOrEqual}

// condition makes a condition of the arguments of `if`.
func condition(c *shell.Command, a shell.Args) (client.Compare, error) {
	field, key := a.Get("FIELD"), a.Get("KEY")
	alone := field == "absent" || field == "present"
	switch {
	case key == "":
		return client.Compare{}, c.Misuse("the key is empty")
	case alone && a.Has("RELATION"):
		return client.Compare{}, c.Misuse("`if %s` wants a KEY and no more", field)
	case field == "absent":
		return client.Absent(key), nil
	case field == "present":
		return client.Present(key), nil
	case !a.Has("OPERAND"):
		return client.Compare{}, c.Misuse("`if %s` wants a KEY, a RELATION and what to compare with", field)
	}
	compare := client.Compare{Key: key, Field: fields[field], Relation: relations[a.Get("RELATION")]}
	if compare.Field == client.FieldValue {
		compare.Value = []byte(a.Get("OPERAND"))
		return compare, nil
	}
	n, complaint := shell.KindNumber.Read(a.Get("OPERAND"))
	if complaint != "" {
		return compare, c.Misuse("%s", fmt.Sprintf("`if %s` %s", field, complaint))
	}
	compare.Number = n
	return compare, nil
}
