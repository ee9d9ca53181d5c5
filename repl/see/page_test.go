package see

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"kv/repl/internal/browse"
)

// aPage is a page of a life whose command would break it if it were not escaped.
func aPage(t *testing.T) (chart *Chart, page []byte) {
	t.Helper()
	chart, _ = lives()["life-done"].Draw()
	chart.Title = `put a "<script>alert(1)</script>"`
	chart.Steps[0].Text = chart.Title
	page, err := chart.Page()
	if err != nil {
		t.Fatal(err)
	}
	return chart, page
}

// The page is well formed, has an element for each step, and refers to nothing outside.
func TestThePageStandsAlone(t *testing.T) {
	t.Parallel()
	chart, page := aPage(t)
	text := string(page)
	for _, no := range []string{"<script", "http://", "https://", "src=", "@import"} {
		if strings.Contains(text, no) {
			t.Errorf("the page has %q", no)
		}
	}
	body := text[strings.Index(text, "<svg"):strings.Index(text, "</body>")]
	steps := 0
	for d := xml.NewDecoder(strings.NewReader("<x>" + body + "</x>")); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture is not well formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "g" {
			steps++
		}
	}
	if steps != len(chart.Steps) {
		t.Errorf("%d steps are drawn, of %d", steps, len(chart.Steps))
	}
}

// picture is what a browser has drawn.
type picture struct {
	Title  string
	Boxes  [][2]float64 // top and height of each step
	Arrows [][2]float64 // where each arrow begins and ends
	Lanes  []string
}

// A browser draws it: every step has a place of its own, below the one before, and
// arrows go from the lane of who sends to that of who receives.
func TestThePageInABrowser(t *testing.T) {
	t.Parallel()
	chart, page := aPage(t)
	const look = `({
		Title: document.title,
		Boxes: [...document.querySelectorAll("g.step")].map(e => e.getBoundingClientRect()).map(b => [b.top, b.height]),
		Arrows: [...document.querySelectorAll("line.arrow")].map(e => [e.x1.baseVal.value, e.x2.baseVal.value]),
		Lanes: [...document.querySelectorAll("text.lane")].map(e => e.textContent),
	})`
	drawn := browse.Look[picture](t, page, look)
	if drawn.Title != chart.Title || fmt.Sprint(drawn.Lanes) != fmt.Sprint(chart.Lanes) || len(drawn.Boxes) != len(chart.Steps) {
		t.Errorf("drawn is %+v of %+v", drawn, chart)
	}
	for i, box := range drawn.Boxes {
		if box[1] <= 0 || i > 0 && box[0] <= drawn.Boxes[i-1][0] {
			t.Errorf("step %d is drawn at %v, after %v", i, box, drawn.Boxes[max(i-1, 0)])
		}
	}
	n := 0
	for _, s := range chart.Steps {
		if s.From == s.To {
			continue
		}
		if a := drawn.Arrows[n]; (a[0] < a[1]) != (s.From < s.To) {
			t.Errorf("the arrow of %+v goes from %v to %v", s, a[0], a[1])
		}
		n++
	}
}
