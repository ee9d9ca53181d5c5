package main

import "testing"

// The faults of the network, through the shell and the binary's adapter. No node is
// stopped, so that it may run beside other playgrounds.
func TestPlaygroundFaults(t *testing.T) {
	t.Parallel()
	call(t, "", "playground", "-free-ports", "-c", "put a 1; delay n1 n2 2ms±1ms; drop n1 -> n3 1%; cut n2->n3; faults; heal n1 -> n2; faults; heal; faults; put a 2; get a").expect(t, 0,
		"OK  delay n1 n2 2ms±1ms", "delay n1 n2 2ms±1ms  messages between n1 and n2 take 1ms to 3ms", "OK  n1 -> n2 healed",
		"delay n2 -> n1 2ms±1ms", "OK  all healed", "\n2\n")
	call(t, "", "playground", "-free-ports", "-c", "hold n1 -> n2; inflight; release n1 -> n2; put a 1; lose 99").expect(t, 1, "n1 -> n2 released", "OK  rev 1", "line 1: error: no message 99 is in flight")
	call(t, "", "playground", "-free-ports", "-c", "timeout n1").expect(t, 1, "hold")
}

// What is done to nodes and their disks, through the shell and the binary's adapter.
func TestPlaygroundNodes(t *testing.T) {
	t.Parallel()
	call(t, "", "playground", "-free-ports", "-c", "put a 1; pause n3; slow-disk n2 1ms; fail-disk n3 full; faults; heal n3; faults; heal; faults; get a").expect(t, 0,
		"pause n3 ", "slow-disk n2 1ms  each sync of n2 takes 1ms longer", "fail-disk n3 full ", "OK  n3 healed", "OK  all healed", "\n1\n")
	call(t, "", "playground", "-free-ports", "-nodes", "1", "-k", "-c", "put a 1; add; nodes; kill n2; start n2; wipe n2").expect(t, 1,
		"OK  n2 added", "OK  n2 killed", "OK  n2 started", "n2 is running: a disk is changed while its node is off")
	call(t, "", "playground", "-nodes", "10").expect(t, 1, "a playground has 1 to 9 nodes, not 10")
}
