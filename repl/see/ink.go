package see

import (
	"github.com/fatih/color"

	"kv/client"
	"kv/repl/out"
)

// inkOf is the color of an event: what is good, what is a trouble, and the rest.
func inkOf(ink out.Palette, e client.Event) *color.Color {
	switch e.Kind {
	case client.EventQuorumLost, client.EventRefused, client.EventFault, client.EventStopped:
		return ink.Bad
	case client.EventPeerLost, client.EventOverwritten, client.EventMark, client.EventTransferAsked:
		return ink.Warn
	case client.EventQuorumRegained, client.EventPeerRegained, client.EventHealed:
		return ink.Good
	case client.EventRole:
		switch e.Role {
		case client.RoleLeader:
			return ink.Good
		case client.RoleCandidate:
			return ink.Warn
		}
	case client.EventLeader:
		return ink.Key
	}
	return ink.Dim
}

// inkOfTerm is the color of a term. Neighbors differ.
func inkOfTerm(ink out.Palette, term uint64) *color.Color {
	inks := []*color.Color{ink.Key, ink.Good, ink.Warn, ink.Strong}
	return inks[term%uint64(len(inks))]
}
