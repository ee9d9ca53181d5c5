package shell

import (
	"strings"

	"kv/client"
	"kv/repl/syntax"
)

// RangeOptions name keys without a common beginning.
func RangeOptions() []Option {
	return []Option{
		{Name: "from", Value: "KEY", Kind: KindKey, Help: "the keys from this one on"},
		{Name: "to", Value: "KEY", Kind: KindKey, Help: "the keys up to, but without, this one"},
	}
}

// Many reports whether the options name a range of keys.
func Many(a Args) bool { return a.Has("prefix") || a.Has("from") || a.Has("to") }

// KeysOf returns the range that name, an argument with the beginning of keys, or -from
// and -to give.
func KeysOf(a Args, name string) client.Range {
	if a.Has("from") || a.Has("to") {
		return client.Range{From: a.Get("from"), To: a.Get("to")}
	}
	return client.Prefix(a.Get(name))
}

// CheckRange complains about -from and -to that do not fit together, or do not fit
// the argument called name.
func CheckRange(c *Command, a Args, name string) error {
	for _, end := range []string{"from", "to"} {
		if err := c.Exclude(a, name, end); err != nil {
			return err
		}
	}
	if from, to := a.Get("from"), a.Get("to"); to != "" && to <= from {
		return c.Misuse("no key lies from %s to %s", syntax.Quote(from), syntax.Quote(to))
	}
	return nil
}

// RangeText says in words which keys a range holds, as it follows "keys".
func RangeText(r client.Range) string {
	switch {
	case r == client.Prefix(r.From):
		return "under " + syntax.Quote(r.From)
	case r.To == "":
		return "from " + syntax.Quote(r.From) + " on"
	case r.From == "":
		return "before " + syntax.Quote(r.To)
	default:
		return "from " + syntax.Quote(r.From) + " to " + syntax.Quote(r.To)
	}
}

// SomeKeys names keys, and says by … if there are more of them.
func SomeKeys(keys []string, more bool) string {
	names := make([]string, len(keys), len(keys)+1)
	for i, k := range keys {
		names[i] = syntax.Quote(k)
	}
	if more {
		names = append(names, "…")
	}
	return strings.Join(names, "  ")
}
