//go:build !unix

package term

// hearResize does nothing: the size is looked at with every key.
func (e *editor) hearResize() {}

func (e *editor) stopResize() {}
