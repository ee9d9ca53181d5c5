package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// KeyPrefix is what all keys begin with, so that they can be found and deleted.
const KeyPrefix = "bench/"

const (
	// maxKeys bounds the memory for the keys.
	maxKeys = 100_000_000
	// scatter is a prime above maxKeys: multiplied by it, the ranks of Zipf's law
	// become key numbers all over the place, each once.
	scatter = 2_654_435_761
	// valueSet and valueSetBytes bound how many values are made ahead.
	valueSet      = 4096
	valueSetBytes = 64 << 20
)

func minKeyBytes(n int) int { return len(KeyPrefix) + len(strconv.Itoa(n-1)) }

// makeKeys returns n keys of so many bytes, in order.
func makeKeys(n, size int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s%0*d", KeyPrefix, size-len(KeyPrefix), i)
	}
	return keys
}

// makeValues returns some values of so many random bytes, which nothing can
// compress.
func makeValues(size int, seed uint64) [][]byte {
	n := min(valueSet, max(valueSetBytes/max(size, 1), 1))
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	source := rand.NewChaCha8(key)
	values := make([][]byte, n)
	for i := range values {
		values[i] = make([]byte, size)
		source.Read(values[i])
	}
	return values
}

// drawer draws the operations of one client. It is for one goroutine.
type drawer struct {
	mix    Mix
	keys   []string
	values [][]byte
	random *rand.Rand
	zipf   *rand.Zipf // nil draws all keys equally often
}

func newDrawer(cfg *Config, keys []string, values [][]byte, number int) *drawer {
	d := &drawer{mix: cfg.Mix, keys: keys, values: values, random: rand.New(rand.NewPCG(cfg.Seed, uint64(number)))}
	if cfg.Skew > 0 {
		d.zipf = rand.NewZipf(d.random, cfg.Skew, 1, uint64(len(keys)-1))
	}
	return d
}

func (d *drawer) next() Op {
	n := d.number()
	return Op{Kind: d.mix.draw(d.random), Number: n, Key: d.keys[n], Value: d.values[d.random.IntN(len(d.values))]}
}

func (d *drawer) number() int {
	if d.zipf == nil {
		return d.random.IntN(len(d.keys))
	}
	return int(d.zipf.Uint64() * scatter % uint64(len(d.keys)))
}
