package see

import (
	"strings"
	"testing"

	"kv/repl/out"
)

func timelines(t *testing.T) map[string]*TimeDrawing {
	return map[string]*TimeDrawing{
		"timeline-isolated.txt":  {Record: recordOf(t, "n1 n2 n3", "", isolated), From: at(0), To: at(60), Width: 100},
		"timeline-close.txt":     {Record: recordOf(t, "n1 n2 n3", "", isolated), From: at(19), To: at(25), Width: 80},
		"timeline-killed.txt":    {Record: recordOf(t, "n2 n3", "n1", killed), From: at(0), To: at(60), Width: 80},
		"timeline-succeeded.txt": {Record: recordOf(t, "n1 n3", "n2", succeeded), From: at(0), To: at(60), Width: 80},
		"timeline-nobody.txt":    {Record: recordOf(t, "n2", "n1 n3", nobody), From: at(20), To: at(50), Width: 80},
		"timeline-nothing.txt":   {Record: Record{Members: []string{"n1"}}, From: at(0), To: at(60), Width: 60},
	}
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	for name, d := range timelines(t) {
		d.Ink = out.NewPalette(false)
		golden(t, name, strings.Join(d.Lines(), "\n")+"\n")
	}
}

func TestTimelinesFit(t *testing.T) {
	t.Parallel()
	for name, d := range timelines(t) {
		for _, width := range []int{60, 80, 133} {
			d.Width, d.Ink = width, out.NewPalette(false)
			plain := d.Lines()
			for _, line := range plain {
				if n := len([]rune(line)); n > width {
					t.Errorf("%s, %d columns: a line has %d: %s", name, width, n, line)
				}
			}
			d.Ink = out.NewPalette(true)
			for i, line := range d.Lines() {
				if got := bare(line); got != plain[i] {
					t.Errorf("%s in color reads %q, without %q", name, got, plain[i])
				}
			}
		}
	}
}
