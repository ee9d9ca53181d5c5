package failure

import (
	"errors"
	"strings"

	"kv/proto/kverr"
)

// Brief is an error in a few words, for a field of a table; "" for nil.
func Brief(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, kverr.ErrUnreachable):
		text := err.Error()
		if i := strings.LastIndex(text, ": "); i >= 0 {
			text = text[i+2:]
		}
		return "unreachable: " + text
	case errors.Is(err, kverr.ErrTimeout), isContext(err):
		return "no answer"
	case errors.Is(err, kverr.ErrWaiting):
		return "waits for a cluster"
	case errors.Is(err, kverr.ErrRemoved):
		return "was removed"
	}
	text, _, _ := strings.Cut(err.Error(), ";")
	return text
}
