//go:build planted

package main

import (
	"fmt"
	"testing"

	"kv/node/planted"
	"kv/repl"
)

// plantedBugs are bugs, each with the chaos that brings it to light.
var plantedBugs = map[string]string{
	planted.NameUnconfirmedReads:     "-for 4s -faults isolate,partition,shift",
	planted.NameEarlyAcknowledgement: "-for 4s -faults blackout",
	// Terms that begin anew after a power cut of all, and a node that comes back with a log
	// of the old ones.
	planted.NameForgottenVote: "-for 8s -faults blackout,shift",
	// A snapshot between a write and its repetition, and a restart from it.
	planted.NameLostSessions: "-for 4s -faults deaf,snapshot,restart",
	// Clients whose transactions change what others depend on.
	planted.NameOneCondition: "-for 3s -faults transfer -mix txn=60,put=40",
}

// manySeeds is far more than it takes: about one of two is enough.
const manySeeds = 40

// A check that never fails proves nothing: chaos finds each bug, and with the same seed it
// finds nothing where the bug is not.
func TestChaosFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	for bug, chaos := range plantedBugs {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			for seed := range manySeeds {
				line := fmt.Sprintf("chaos -seed %d -pace 400ms %s", seed, chaos)
				args := []string{"playground", "-free-ports", "-heartbeat", "250ms", "-c", line}
				r := kv(t, []string{"KV_PLANTED=" + bug}, args...)
				if r.code != repl.ExitViolated {
					continue
				}
				t.Logf("%s:\n%s%s", line, r.out, r.err)
				kv(t, nil, args...).expect(t, repl.ExitOK, "PASS")
				return
			}
			t.Errorf("%d seeds have not found it", manySeeds)
		})
	}
}
