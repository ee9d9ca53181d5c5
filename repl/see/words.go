package see

import (
	"fmt"

	"kv/client"
	"kv/repl/out"
)

// clock is how the time of an event is shown.
const clock = "15:04:05.000"

// Say tells what an event is in words whose subject is the member.
func Say(e client.Event) string {
	if text, ok := sayVote(e); ok {
		return text
	}
	switch e.Kind {
	case client.EventStarted:
		return "has started, " + e.Reason
	case client.EventStopped:
		return "ends: " + e.Reason
	case client.EventRole:
		return sayRole(e)
	case client.EventLeader:
		if e.Peer == "" {
			return "knows no leader any more"
		}
		return "follows " + e.Peer
	case client.EventQuorumLost:
		return "has lost the quorum: " + e.Reason
	case client.EventQuorumRegained:
		return "has a quorum again: " + e.Reason
	case client.EventPeerLost:
		return "does not hear " + e.Peer + ": " + e.Reason
	case client.EventPeerRegained:
		return "hears " + e.Peer + " again"
	case client.EventTransferAsked:
		return "is asked to hand its office to " + orAnybody(e.Peer)
	case client.EventRefused:
		return fmt.Sprintf("has not done %s: %s", out.Count(e.Count, "write"), e.Reason)
	case client.EventOverwritten:
		return fmt.Sprintf("overwrites %s of term %d from index %d on with those of %s", out.Plural(e.Count, "entry", "entries"), e.Term, e.Index, orAnybody(e.Peer))
	default:
		return sayRest(e)
	}
}

func orAnybody(name string) string {
	if name == "" {
		return "anybody"
	}
	return name
}

func sayRole(e client.Event) string {
	verb := map[client.Role]string{
		client.RoleLeader: "leads", client.RoleCandidate: "stands for election", client.RoleFollower: "is a follower again",
	}[e.Role]
	if verb == "" {
		verb = "is " + string(e.Role)
	}
	return verb + ": " + e.Reason
}

func sayVote(e client.Event) (string, bool) {
	vote := "vote"
	if e.PreVote {
		vote = "pre-vote"
	}
	text := ""
	switch e.Kind {
	case client.EventVoteAsked:
		text = fmt.Sprintf("asks for %ss; its log ends at %d", vote, e.Index)
	case client.EventVoteWon:
		text = fmt.Sprintf("has the %s of %s", vote, e.Peer)
	case client.EventVoteDenied:
		text = fmt.Sprintf("does not get the %s of %s", vote, e.Peer)
	case client.EventVoteUnanswered:
		text = fmt.Sprintf("hears nothing from %s about its %s", e.Peer, vote)
	case client.EventVoteGranted:
		text = fmt.Sprintf("gives its %s to %s", vote, e.Peer)
	case client.EventVoteRefused:
		text = fmt.Sprintf("refuses its %s to %s", vote, e.Peer)
	default:
		return "", false
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Count > 1 {
		text += fmt.Sprintf(" (%d times)", e.Count)
	}
	return text, true
}

func sayRest(e client.Event) string {
	snapshot := fmt.Sprintf("a snapshot up to index %d, %s", e.Index, out.Size(e.Count))
	switch e.Kind {
	case client.EventSnapshotMade:
		return "has made " + snapshot
	case client.EventSnapshotSent:
		return withReason("has sent "+snapshot+", to "+e.Peer, e.Reason)
	case client.EventSnapshotInstalled:
		return withReason("has installed "+snapshot+", from "+e.Peer, e.Reason)
	case client.EventMemberJoined:
		return "has let " + e.Peer + " join " + e.Reason
	case client.EventMemberPromoted:
		return "has made a voter of " + e.Peer + ": " + e.Reason
	case client.EventMemberRemoved:
		return withReason("has removed "+e.Peer, e.Reason)
	case client.EventMark, client.EventFault:
		return e.Reason
	case client.EventHealed:
		return "healed: " + e.Reason
	default:
		return withReason("something that this version does not know", e.Reason)
	}
}

func withReason(text, reason string) string {
	if reason == "" {
		return text
	}
	return text + ": " + reason
}
