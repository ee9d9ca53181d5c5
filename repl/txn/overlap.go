package txn

import "kv/client"

// bothWrite returns a key that both operations write, if there is one.
func bothWrite(a, b *client.Op) (string, bool) {
	x, ok := writtenBy(a)
	y, ok2 := writtenBy(b)
	if !ok || !ok2 {
		return "", false
	}
	from := max(x.From, y.From)
	return from, x.Contains(from) && y.Contains(from)
}

// writtenBy returns the keys that an operation writes.
func writtenBy(op *client.Op) (client.Range, bool) {
	switch {
	case op == nil || (op.Kind != client.KindPut && op.Kind != client.KindDelete):
		return client.Range{}, false
	case op.Range != nil:
		return *op.Range, true
	default:
		return client.Range{From: op.Key, To: op.Key + "\x00"}, true
	}
}
