package out

import "fmt"

// View is how things of one kind are shown, in a list or alone. For people it is Words
// or, without them, Cells; in plain Line, Cells or Words, whichever comes first.
type View[T any] struct {
	// Record is the thing for programs. It must bear the zero value.
	Record func(T) Record
	// Head are the titles of a table, Cells a row of it.
	Head  []string
	Cells func(T) []Cell
	// Words is a line for people, Line one or several for scripts; without the last newline.
	Words func(T) string
	Line  func(T) string
}

// line returns how a thing is printed as text where that is no table; nil if it is one.
func (v *View[T]) line(m Format) func(T) string {
	switch {
	case m == FormatTable && v.Words != nil:
		return v.Words
	case m != FormatTable && v.Line != nil:
		return v.Line
	case v.Cells != nil:
		return nil
	default:
		return v.Words
	}
}

// All prints a list that is there as a whole. As a table it has titles, even if there is
// nothing below them.
func (v View[T]) All(p *Printer, things []T) error {
	if len(things) == 0 && p.encoder(true) == nil && v.line(p.Form()) == nil {
		return p.Table(&Grid{Head: v.Head})
	}
	l := v.Begin(p)
	for _, x := range things {
		if err := l.Add(x); err != nil {
			return err
		}
	}
	return l.End()
}

// One prints one thing.
func (v View[T]) One(p *Printer, x T) error {
	return p.One(v.Record(x), func() error { return v.All(p, []T{x}) })
}

// Begin begins a list that is printed while its things come.
func (v View[T]) Begin(p *Printer) *List[T] {
	return &List[T]{p: p, view: v, encoder: p.encoder(true), line: v.line(p.Form()), table: p.Rolling(v.Head...)}
}

// Follow begins a list without an end, of which each thing is printed at once: also JSON
// has an object a line.
func (v View[T]) Follow(p *Printer) *List[T] {
	l := v.Begin(p)
	l.encoder, l.atOnce = p.encoder(false), true
	return l
}

// List is a list that is being printed.
type List[T any] struct {
	p       *Printer
	view    View[T]
	encoder encoder        // nil for text
	line    func(T) string // nil for a table
	table   *Rolling
	atOnce  bool
	n       uint64
}

// Add prints one more thing.
func (l *List[T]) Add(x T) error {
	l.n++
	switch {
	case l.encoder != nil:
		if err := l.encoder.record(l.view.Record(x)); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		return nil
	case l.line != nil:
		return l.p.Line("answer", l.line(x))
	}
	if err := l.table.Add(l.view.Cells(x)...); err != nil || !l.atOnce {
		return err
	}
	return l.table.End()
}

// Rows returns how many things there were so far.
func (l *List[T]) Rows() uint64 { return l.n }

// End prints what is left.
func (l *List[T]) End() error {
	switch {
	case l.encoder != nil:
		var none T
		if err := l.encoder.end(func() Record { return l.view.Record(none) }); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		return nil
	case l.line != nil, l.atOnce:
		return nil
	default:
		return l.table.End()
	}
}
