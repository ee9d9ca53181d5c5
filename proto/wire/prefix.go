package wire

// PrefixEnd returns the end of the range of the keys that begin with a prefix, as a Range
// has it: the first key behind them all, "" if there is none.
func PrefixEnd(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return ""
}
