package shell

import (
	"fmt"
	"strings"
)

// Reference returns the table in Markdown, for the README.
func (t Table) Reference() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n|---|---|\n")
	for _, group := range groups {
		for i := range t {
			if c := &t[i]; c.Group == group {
				fmt.Fprintf(&b, "| `%s` | %s |\n", c.Usage(), c.reference())
			}
		}
	}
	return b.String()
}

func (c *Command) reference() string {
	text := c.Summary
	if len(c.Aliases) > 0 {
		text += " (also `" + strings.Join(c.Aliases, "`, `") + "`)"
	}
	if c.Lab {
		text += "; playground only"
	}
	if c.InTxn {
		text += "; in a transaction only"
	}
	return text
}
