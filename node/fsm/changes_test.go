package fsm

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// burst applies an entry of many puts and deletes of many keys, so that the history
// fills chunks, and the trees get inner nodes.
func (r *rig) burst(t *rapid.T) {
	random := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
	key := func() []byte { return binary.BigEndian.AppendUint16(nil, uint16(random.IntN(300))) }
	r.applyCommands(t, func() *kvv1.Command {
		switch random.IntN(8) {
		case 0:
			return &kvv1.Command{Op: &kvv1.Command_Delete{Delete: &kvv1.DeleteCommand{Key: key(), Prev: true}}}
		case 1:
			return revertCommand(string(key()), r.model.oldest+uint64(random.Int64N(int64(r.model.revision-r.model.oldest)+2)))
		}
		return putCommand(string(key()), string(key()))
	}, rapid.SampledFrom([]int{1, 20, 255, 256, 257}).Draw(t, "burst"))
}

// compactTo applies a compaction, mostly one that cuts chunks in the middle.
func (r *rig) compactTo(t *rapid.T) {
	revision := rapid.Uint64Range(r.model.oldest, r.model.revision+1).Draw(t, "revision")
	if rapid.Bool().Draw(t, "nearly all") {
		revision = max(r.model.revision, 2) - rapid.Uint64Range(0, 2).Draw(t, "left")
	}
	r.applyCommands(t, func() *kvv1.Command { return compactCommand(revision) }, 1)
}

// TestManyAgainstModel is TestAgainstModel with more keys and changes, and fewer
// kinds of commands.
func TestManyAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t)
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			r.burst(t)
			if rapid.Bool().Draw(t, "compact") {
				r.compactTo(t)
			}
			switch rapid.IntRange(0, 4).Draw(t, "then") {
			case 0:
				r.m = reborn(t, r.m)
			case 1:
				r.catchUp(t)
			case 2:
				r.keep()
			case 3:
				r.release(t)
			}
			r.check(t)
		}
	})
}
