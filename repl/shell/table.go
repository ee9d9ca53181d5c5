// Package shell is the shell without its commands: what a row of the table of commands
// says, how words are matched with it, help and completion made of it, and the session
// that carries rows out. The rows themselves live in rooms of their own, which a
// session is given: no row is known here.
package shell

import (
	"context"
	"slices"
	"strings"
)

// Room is a family of commands with what belongs to it.
type Room struct {
	// Commands are the rows. They hold what they ask, such as a store, by themselves.
	Commands []Command
	// Words find the words of a kind that nobody knows beforehand.
	Words map[*Kind]Words
	// Voters find the members as far as a majority is concerned; nil in all rooms but one.
	Voters Voters
}

// Words finds words of a kind that begin with part; it may return others, too.
type Words func(ctx context.Context, part string) ([]string, error)

// Group is the heading under which help lists a command.
type Group string

// The groups, in the order of the help.
const (
	GroupData       Group = "Data"
	GroupTxn        Group = "Transactions"
	GroupLease      Group = "Leases"
	GroupCluster    Group = "Cluster"
	GroupPlayground Group = "Playground"
	GroupFaults     Group = "Faults"
	GroupSee        Group = "Seeing"
	GroupProve      Group = "Proving"
	GroupLearn      Group = "Learning"
	GroupShell      Group = "Shell"
)

var groups = []Group{GroupData, GroupTxn, GroupLease, GroupCluster, GroupPlayground, GroupFaults, GroupSee, GroupProve, GroupLearn, GroupShell}

// Table is all the commands of a session, whatever rooms they come from, group by group.
type Table []Command

// NewTable joins the rooms' commands.
func NewTable(rooms ...Room) Table {
	var t Table
	for _, room := range rooms {
		t = append(t, room.Commands...)
	}
	slices.SortStableFunc(t, func(a, b Command) int {
		return slices.Index(groups, a.Group) - slices.Index(groups, b.Group)
	})
	return t
}

// Lookup finds the command that words begin with, by name or alias, and returns
// how many of them are its name.
func (t Table) Lookup(words []string) (*Command, int) {
	for n := min(len(words), 2); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		for i := range t {
			if t[i].Name == name || slices.Contains(t[i].Aliases, name) {
				return &t[i], n
			}
		}
	}
	return nil, 0
}

// For returns the table with the commands first that may be given inside a
// transaction's block, or outside of one: a few have the same name.
func (t Table) For(inTxn bool) Table {
	first := slices.Clone(t)
	slices.SortStableFunc(first, func(a, b Command) int {
		switch {
		case a.fits(inTxn) == b.fits(inTxn):
			return 0
		case a.fits(inTxn):
			return -1
		default:
			return 1
		}
	})
	return first
}

// Family returns the second words of the commands whose first word is word.
func (t Table) Family(word string) []string {
	var seconds []string
	for i := range t {
		if first, second, ok := strings.Cut(t[i].Name, " "); ok && first == word {
			seconds = append(seconds, second)
		}
	}
	return seconds
}

// OneShot returns the names of the commands that make sense as one command of the
// operating system's shell: all but those of a playground and of the shell itself, and
// those about what a session has seen.
func (t Table) OneShot() []string {
	var names []string
	for _, c := range t {
		if c.Group != GroupShell && c.Group != GroupProve && !c.Lab && !c.InTxn {
			names = append(names, c.Name)
		}
	}
	return names
}
