package fake

import (
	"context"
	"maps"
	"slices"
)

// Lab is a playground, with the state of each of its nodes n1 to n9.
type Lab map[string]string

// Names implements lab.Lab.
func (l Lab) Names() []string {
	names := slices.Sorted(maps.Keys(l))
	return slices.DeleteFunc(names, func(key string) bool { return len(key) != 2 })
}

// Describe implements lab.Lab.
func (l Lab) Describe(name string) (string, string, string, string) {
	return l[name], "localhost:808" + name[1:], "localhost:909" + name[1:], "/tmp/" + name
}

// Stop implements lab.Lab.
func (l Lab) Stop(_ context.Context, n string) error { l[n] = "stopped"; return nil }

// Start implements lab.Lab.
func (l Lab) Start(_ context.Context, n string) error { l[n] = "running"; return nil }

// Kill implements lab.Lab.
func (l Lab) Kill(_ context.Context, n string) error { l[n] = "killed"; return nil }
