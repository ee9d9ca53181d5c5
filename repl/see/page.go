package see

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"
	"time"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"ms": micros}).Parse(pageText))

// Sizes of the picture, in pixels.
const (
	pageLane   = 190
	pageTimes  = 90
	pageRow    = 26
	pageTop    = 56
	pageMargin = 20
	// pageLetters is how many characters fit into a lane; the table has them all.
	pageLetters = 20
)

// pageLaneView and pageStepView are what the template draws.
type pageLaneView struct {
	Name string
	X    int
}

type pageStepView struct {
	At             time.Duration
	Text, Short    string
	From, To       string
	X1, X2, Y, Mid int
	Arrow, Key     bool
}

// Page writes the chart as an HTML page of its own, which needs neither scripts nor a
// network.
func (c *Chart) Page() ([]byte, error) {
	x := func(lane int) int { return pageTimes + pageLane*lane + pageLane/2 }
	view := struct {
		Chart         *Chart
		Lanes         []pageLaneView
		Steps         []pageStepView
		Width, Height int
		Top, Bottom   int
	}{Chart: c, Width: pageTimes + pageLane*len(c.Lanes) + pageMargin, Top: pageTop - pageRow}
	for i, name := range c.Lanes {
		view.Lanes = append(view.Lanes, pageLaneView{name, x(i)})
	}
	for i, s := range c.Steps {
		v := pageStepView{At: s.At, Text: s.Text, Short: short(s.Text, pageLetters), From: c.Lanes[s.From], To: c.Lanes[s.To], X1: x(s.From), X2: x(s.To),
			Y: pageTop + pageRow*i, Arrow: s.From != s.To, Key: s.Key}
		v.Mid = (v.X1 + v.X2) / 2
		if d := s.To - s.From; d > 1 || d < -1 { // near the sender
			v.Mid = v.X1 + (v.X2-v.X1)/max(d, -d)/2
		}
		view.Steps = append(view.Steps, v)
	}
	view.Bottom = pageTop + pageRow*len(c.Steps)
	view.Height = view.Bottom + pageMargin
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, view); err != nil {
		return nil, err
	}
	return slices.Clip(b.Bytes()), nil
}
