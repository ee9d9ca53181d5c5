package backup

import (
	"fmt"
	"strings"
	"time"

	"kv/client"
	"kv/client/backup"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// preview is the answer to a restore that is not carried out: for people what show shows,
// for programs each key to change.
func preview(s *shell.Session, name string, p *backup.Plan) error {
	if s.ForPeople() {
		return show(s, name, p)
	}
	keys := out.View[backup.Difference]{Record: differenceRecord, Line: func(d backup.Difference) string {
		return s.Tabs(strings.ToUpper(verbs[d.Kind]), d.ModRevision, d.Key)
	}}.Begin(s.Printer)
	for d, err := range p.All() {
		if err == nil {
			err = keys.Add(d)
		}
		if err != nil {
			return err
		}
	}
	return keys.End()
}

// verbs are what is done about a key.
var verbs = map[backup.Kind]string{backup.Put: "put", backup.Delete: "delete"}

func differenceRecord(d backup.Difference) out.Record {
	return out.Record{out.Text("change", verbs[d.Kind]), out.Key("key", d.Key), out.Bytes("value", d.Value).If(d.Kind == backup.Put),
		out.Uint("mod_revision", d.ModRevision).If(d.ModRevision != 0)}
}

// show tells a person what a restore would do.
func show(s *shell.Session, name string, p *backup.Plan) error {
	b := p.Backup
	s.Note("%s: %s of %s, at revision %d on %s", syntax.Quote(name), keysText(b), clusterText(b.Head), b.Revision, b.Time.Format(time.DateTime+" MST"))
	if b.StaleAt != "" {
		s.Warn("it is what %s had then, which may have been old", syntax.Quote(b.StaleAt))
	}
	if b.ClusterID != p.Present.ClusterID {
		s.Warn("it is of another cluster than this one")
	}
	put, deleted, err := firstKeys(p)
	if err != nil {
		return err
	}
	g := &out.Grid{}
	row := func(what string, n uint64, more string) {
		cells := []out.Cell{out.Plain(what), out.Number(n), out.Plain(more)}
		g.Add(cells[:2+min(len(more), 1)]...)
	}
	row("put", p.Put, put)
	row("delete", p.Delete, deleted)
	row("the same", p.Same, "")
	if p.Leased > 0 {
		row("left alone", p.Leased, "on leases here")
	}
	if err := s.Table(g); err != nil || p.Changes() == 0 {
		return err
	}
	text := "all at one revision"
	if !p.Atomic() {
		text = "by several transactions, which others see under way"
	}
	if p.Present.Revision > 0 {
		text += fmt.Sprintf("; `list -rev %d` shows what was, until history is compacted", p.Present.Revision)
	}
	if !p.Atomic() {
		text += ", as many changes bring about: `backup` it first"
	}
	s.Note("%s\nmembers and quorum stay as they are", text)
	return nil
}

func keysText(b backup.Summary) string {
	text := out.Count(b.Count, "key")
	if b.Keys != (client.Range{}) {
		text += " " + shell.RangeText(b.Keys)
	}
	return text
}

// clusterText names the cluster of a backup; one without a name has its id.
func clusterText(h backup.Head) string {
	if h.Cluster != "" {
		return syntax.Quote(h.Cluster)
	}
	return syntax.Quote(h.ClusterID)
}

// mostShown is how many keys are named of each kind.
const mostShown = 5

// firstKeys names the first keys to put and to delete.
func firstKeys(p *backup.Plan) (put, deleted string, err error) {
	named := map[backup.Kind][]string{}
	wanted := min(p.Put, mostShown+1) + min(p.Delete, mostShown+1)
	for d, err := range p.All() {
		if err != nil {
			return "", "", err
		}
		if len(named[d.Kind]) > mostShown {
			continue
		}
		named[d.Kind] = append(named[d.Kind], d.Key)
		if wanted--; wanted == 0 {
			break
		}
	}
	text := func(keys []string) string {
		return shell.SomeKeys(keys[:min(len(keys), mostShown)], len(keys) > mostShown)
	}
	return text(named[backup.Put]), text(named[backup.Delete]), nil
}
