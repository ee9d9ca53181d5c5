package fsm

// Of a store that is larger than the processor's caches, each step from the index to
// the slot, to the item and to the version before waits for memory, some 100 ns, and a
// key at a time takes them one after the other. What is in this file makes the steps
// of many keys at once, in loops so short that the processor has a dozen of them
// under way. What was read is at hand then. The sums have no meaning: they keep the
// compiler from leaving out what nobody needs.

// warmAtOnce is how many keys are looked up side by side.
const warmAtOnce = 16

// warmFor reads what the puts and deletes among the commands are about to need, before
// the lock is taken that keeps readers away.
func (s *state) warmFor(cmds []command) (sum int) {
	for len(cmds) > 0 {
		var keys [warmAtOnce][]byte
		n := 0
		for ; n < min(len(cmds), warmAtOnce); n++ {
			if cmds[n].op != opOther {
				keys[n] = cmds[n].key
			}
		}
		cmds = cmds[n:]
		sum += s.warm(keys[:n])
	}
	return sum
}

// warm reads what up to warmAtOnce keys are found by, and their items.
//
//go:noinline
func (s *state) warm(keys [][]byte) (sum int) {
	var slots [warmAtOnce]*slot
	for i, key := range keys {
		slots[i] = s.index.guess(key)
	}
	var found [warmAtOnce]version
	for i, sl := range slots {
		if sl != nil {
			found[i] = sl.version
		}
	}
	sum += touch(found[:])
	for i := range found {
		if found[i].older != nil && found[i].older.item != nil {
			sum++
		}
	}
	return sum
}

// touch reads the items of versions.
//
//go:noinline
func touch(versions []version) (sum int) {
	for i := range versions {
		if it := versions[i].item; it != nil {
			sum += int(it.head)
		}
	}
	return sum
}

// touch reads what up to warmAtOnce changes are of.
//
//go:noinline
func (c *changes) touch(from, to uint64) (sum int) {
	var before [warmAtOnce]version
	for number := from; number < to; number++ {
		one := c.at(number)
		sum += int(one.item.head)
		if one.prev != nil {
			before[number-from] = *one.prev
		}
	}
	return sum + touch(before[:])
}

// stepsBack is how many versions back stepBack goes. Further back are those of a few
// keys, and each is as long a way alone as beside others.
const stepsBack = 3

// stepBack goes from each version towards that of a revision.
func stepBack(versions []version, revision uint64) {
	for range stepsBack {
		touch(versions)
		done := true
		for i := range versions {
			v := &versions[i]
			if v.item == nil || v.item.ModRevision() <= revision {
				continue
			}
			done = false
			if v.older == nil {
				*v = version{}
			} else {
				*v = *v.older
			}
		}
		if done {
			return
		}
	}
}
