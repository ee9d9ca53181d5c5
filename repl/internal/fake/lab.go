package fake

import "context"

// Lab is a playground of two nodes, with the state of each.
type Lab map[string]string

// Names implements lab.Lab.
func (l Lab) Names() []string { return []string{"n1", "n2"} }

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
