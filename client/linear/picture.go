package linear

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
)

// pictured is how many operations a picture shows at most: a browser has to draw them.
const pictured = 2000

// Picture writes porcupine's picture of what was checked, a page of HTML by itself: the
// part that violates or, if all is well, the end of the history.
func (r Report) Picture(w io.Writer) error {
	var (
		ops   []porcupine.Operation
		parts [][]porcupine.Operation
		of    = map[string]rules{}
	)
	for _, s := range r.pictures {
		if len(s.ops) == 0 || len(ops) > 0 && len(ops)+len(s.ops) > pictured {
			continue
		}
		of[s.ops[0].Key] = s.rules
		part := operations(s.ops)
		ops, parts = append(ops, part...), append(parts, part)
	}
	m := porcupine.Model{
		Partition: func([]porcupine.Operation) [][]porcupine.Operation { return parts },
		Init:      func() any { return nil },
		Step: func(s, in, _ any) (bool, any) {
			o := in.(*Op)
			if s == nil {
				s = of[o.Key].initial
			}
			return of[o.Key].step(s.(state), o)
		},
		DescribeOperation: func(in, _ any) string { return Describe(in.(*Op)) + " → " + Answer(in.(*Op)) },
		DescribeState:     describeState,
	}
	_, info := porcupine.CheckOperationsVerbose(m, ops, 10*time.Second)
	if len(r.Offending) > 0 {
		info.AddAnnotations(r.annotations())
	}
	if err := porcupine.Visualize(m, info, w); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// annotations mark the operations that are enough to violate.
func (r Report) annotations() []porcupine.Annotation {
	var all []porcupine.Annotation
	for i, o := range r.Offending {
		all = append(all, porcupine.Annotation{
			Tag: "offending", Start: int64(o.Call), End: int64(max(o.Call, min(o.Return, Never))),
			Description:     strconv.Itoa(i+1) + ": " + Describe(o),
			Details:         Answer(o),
			BackgroundColor: "#efaefc",
		})
	}
	return all
}

func describeState(s any) string {
	if s == nil {
		return state{}.String()
	}
	return s.(state).String()
}
