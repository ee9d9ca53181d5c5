package main

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// size is the value of a flag that counts bytes: 65536, 64KiB or 2GiB.
type size[N int | int64 | uint64] struct{ bytes *N }

// sizeVar defines such a flag, as flag.IntVar does.
func sizeVar[N int | int64 | uint64](f *flags, bytes *N, name string, value N, usage string) {
	*bytes = value
	f.Var(size[N]{bytes}, name, usage)
}

// String implements flag.Value, also for the zero value.
func (s size[N]) String() string {
	if s.bytes == nil {
		return "0"
	}
	return strconv.FormatUint(uint64(*s.bytes), 10)
}

// Set implements flag.Value.
func (s size[N]) Set(text string) error {
	n, err := parseSize(text)
	if err != nil {
		return err
	}
	if *s.bytes = N(n); *s.bytes < 0 || uint64(*s.bytes) != n {
		return errSize
	}
	return nil
}

var errSize = errors.New("give a number of bytes, such as 65536, 64KiB, 8MiB or 2GiB")

// units are those that kv itself shows, each 1024 times the one before.
var units = []string{"kib", "mib", "gib", "tib"}

func parseSize(text string) (uint64, error) {
	number, shift := strings.ToLower(text), 0
	for i, unit := range units {
		if n, ok := strings.CutSuffix(number, unit); ok {
			number, shift = strings.TrimRight(n, " "), 10*(i+1)
			break
		}
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || bits.Len64(n)+shift > 64 {
		return 0, errSize
	}
	return n << shift, nil
}
