package out

import (
	"fmt"
	"strings"
	"time"

	"kv/repl/syntax"
)

// Count says how many there are of something.
func Count(n uint64, one string) string { return Plural(n, one, one+"s") }

// Plural is Count for words that do not take an s.
func Plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Millis shows a duration as people like to read it.
func Millis(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute).String()
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
}

// Size shows a number of bytes.
func Size(n uint64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1024, 0
	for ; f >= 1024 && i < len(units)-1; i++ {
		f /= 1024
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// Value shows a value to the eye: text as it is, newlines and tabs included, anything
// else quoted, so that it does no harm to a terminal.
func Value(value []byte) string {
	text := string(value)
	if text != "" && syntax.Printable(strings.NewReplacer("\n", "", "\t", "").Replace(text)) {
		return text
	}
	return syntax.Quote(text)
}

// Preview is the beginning of a value in one line. A long value would only be cut
// off again, and quoting a megabyte takes time.
func Preview(value []byte) string {
	const most = 512
	if len(value) <= most {
		return syntax.Quote(string(value))
	}
	return strings.ToValidUTF8(syntax.Quote(string(value[:most])), "") + "…"
}

// OrDash returns text, or a dash for none.
func OrDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
