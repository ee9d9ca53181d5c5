package out

// rollingRows is how many rows are aligned with one another: a long table is printed
// while it comes, in pieces of this size.
const rollingRows = 1000

// Rolling is a table that is printed while its rows come.
type Rolling struct {
	p *Printer
	g *Grid
	n uint64
}

// Rolling returns a table with these titles.
func (p *Printer) Rolling(head ...string) *Rolling {
	return &Rolling{p: p, g: &Grid{Head: head}}
}

// Add adds a row.
func (t *Rolling) Add(cells ...Cell) error {
	t.g.Add(cells...)
	if t.n++; t.n%rollingRows != 0 {
		return nil
	}
	return t.flush()
}

// Rows returns how many rows there were so far.
func (t *Rolling) Rows() uint64 { return t.n }

// End prints what is left; a table without rows is not printed.
func (t *Rolling) End() error {
	if t.n == 0 {
		return nil
	}
	return t.flush()
}

func (t *Rolling) flush() error {
	err := t.p.Table(t.g)
	t.g = &Grid{Head: t.g.Head, begun: true}
	return err
}
