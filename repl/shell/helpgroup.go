package shell

import (
	"fmt"
	"slices"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// handle is how a group is named in `help @cluster`.
func (g Group) handle() string { return "@" + strings.ToLower(string(g)) }

// groupHandles are the groups of the session's commands, in the order of the help.
func (s *Session) groupHandles() []string {
	var handles []string
	for _, g := range groups {
		if s.hasGroup(g) {
			handles = append(handles, g.handle())
		}
	}
	return handles
}

func (s *Session) hasGroup(g Group) bool {
	for i := range s.table {
		if s.table[i].Group == g {
			return true
		}
	}
	return false
}

// helpGroup explains the commands of one group.
func (s *Session) helpGroup(word string) error {
	g, err := s.group(word)
	if err != nil {
		return err
	}
	return s.listGroup(g)
}

// group finds a group by its handle, which may be shortened.
func (s *Session) group(word string) (Group, error) {
	handles := s.groupHandles()
	name, several := expand(strings.ToLower(word), handles)
	switch {
	case len(several) > 1:
		return "", failure.Usagef("%s may be any of %s", syntax.Quote(word), strings.Join(several, ", "))
	case name == "":
		if near := nearest(strings.ToLower(word), handles); near != "" {
			return "", failure.Usagef("there is no group %s; did you mean %s?", syntax.Quote(word), near)
		}
		return "", failure.Usagef("there is no group %s; the groups are %s", syntax.Quote(word), strings.Join(handles, ", "))
	}
	i := slices.IndexFunc(groups, func(g Group) bool { return g.handle() == name })
	return groups[i], nil
}

// listGroup lists the commands of a group under its name.
func (s *Session) listGroup(g Group) error {
	grid := s.helpGrid(func(c *Command) bool { return c.Group == g })
	if grid.Rows() == 0 {
		return nil
	}
	fmt.Fprintln(s.Out, s.Ink.Strong.Sprint(string(g)))
	return s.Table(grid)
}
