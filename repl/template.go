package repl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/repl/out"
)

// DefaultPrompt is the template of the prompt where none is given. Each name in braces
// stands for what is known at the moment:
//
//	{cluster}  name of the cluster
//	{member}   the member in use, {role} what it is, {term} the term that it is in
//	{leader}   who leads; nothing, not even a space, without a leader
//	{quorum}   voters that answer, of how many: 3/3, or NO QUORUM 1/3
//	{read}     " stale" if reads are stale unless told otherwise
//	{txn}      " txn" while a transaction is open
//
// While nobody answers, all but the last two gives way to a word about that.
const DefaultPrompt = "{cluster} {member}[{role}] t{term} {quorum}{read}{txn}> "

// template is a prompt in pieces: text, and at odd places the names between.
type template []string

var promptNames = []string{"cluster", "member", "role", "term", "leader", "quorum", "read", "txn"}

// parsePrompt reads a template; the empty one is the default. A brace that begins no name
// stands for itself.
func parsePrompt(text string) (template, error) {
	if text == "" {
		text = DefaultPrompt
	}
	t := template{""}
	for {
		before, rest, ok := strings.Cut(text, "{")
		t[len(t)-1] += before
		if !ok {
			return t, nil
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok || strings.ContainsAny(name, " {") || name == "" {
			t[len(t)-1] += "{"
			text = rest
			continue
		}
		if !slices.Contains(promptNames, name) {
			return nil, fmt.Errorf("the prompt has no {%s}; there are {%s}", name, strings.Join(promptNames, "}, {"))
		}
		t, text = append(t, name, ""), after
	}
}

// CheckPrompt returns what is wrong with a template of the prompt.
func CheckPrompt(text string) error {
	_, err := parsePrompt(text)
	return err
}

// scene is what the prompt tells about.
type scene struct {
	health client.Health
	err    error         // of the look at the cluster: nobody answers
	retry  time.Duration // until the next try, while nobody answers
	mode   string        // of the shell: "txn"
	read   string        // level of reads, "" for the default
}

// render returns the prompt that shows a scene.
func (t template) render(s scene, ink out.Palette) string {
	if s.lost() {
		return ink.Bad.Sprint(s.lostText()) + s.value("read", ink) + s.value("txn", ink) + "> "
	}
	var b strings.Builder
	missing := false
	for i, piece := range t {
		if i%2 == 1 {
			missing = piece == "leader" && s.health.Leader == nil
			piece = s.value(piece, ink)
		} else if missing {
			piece = strings.TrimPrefix(piece, " ")
		}
		b.WriteString(piece)
	}
	return b.String()
}

// lost: nobody answers.
func (s scene) lost() bool {
	return s.err != nil || (s.health.Leader == nil && s.health.Reachable == 0)
}

func (s scene) lostText() string {
	if s.retry <= 0 {
		return "(unreachable)"
	}
	return fmt.Sprintf("(unreachable, next try in %.1f s)", s.retry.Seconds())
}

// value is what a name stands for.
func (s scene) value(name string, ink out.Palette) string {
	h := s.health
	switch name {
	case "cluster":
		if h.ClusterName == "" {
			return "kv"
		}
		return h.ClusterName
	case "member":
		return ink.Strong.Sprint(out.OrDash(h.Member))
	case "role":
		return s.role(ink)
	case "term":
		return fmt.Sprint(h.Term)
	case "leader":
		if h.Leader == nil {
			return ""
		}
		return ink.Strong.Sprint(h.Leader.Name)
	case "quorum":
		return s.quorum(ink)
	case "read":
		return spaced(s.read, ink.Warn.Sprint)
	case "txn":
		return spaced(s.mode, ink.Strong.Sprint)
	}
	return ""
}

func spaced(text string, ink func(...any) string) string {
	if text == "" {
		return ""
	}
	return " " + ink(text)
}

func (s scene) role(ink out.Palette) string {
	switch role := s.health.Role; role {
	case client.RoleLeader:
		return ink.Good.Sprint(string(role))
	case client.RoleFollower:
		return string(role)
	default:
		return ink.Warn.Sprint(out.OrDash(string(role)))
	}
}

func (s scene) quorum(ink out.Palette) string {
	h := s.health
	count := fmt.Sprintf("%d/%d", h.Reachable, h.Voters)
	switch {
	case h.Leader == nil || !h.Quorum:
		return ink.Bad.Sprint("NO QUORUM " + count)
	case h.Reachable < h.Voters:
		return ink.Warn.Sprint(count)
	default:
		return ink.Good.Sprint(count)
	}
}
