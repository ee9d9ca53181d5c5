package main

import "testing"

// The faults of the network, through the shell and the binary's adapter. No node is
// stopped, so that it may run beside other playgrounds.
func TestPlaygroundFaults(t *testing.T) {
	t.Parallel()
	call(t, "", "playground", "-c", "put a 1; delay n1 n2 2ms±1ms; drop n1 -> n3 1%; cut n2->n3; faults; heal n1 -> n2; faults; heal; faults; put a 2; get a").expect(t, 0,
		"OK  delay n1 n2 2ms±1ms", "delay n1 n2 2ms±1ms  messages between n1 and n2 take 1ms to 3ms", "OK  n1 -> n2 healed",
		"delay n2 -> n1 2ms±1ms", "OK  all healed", "\n2\n")
	call(t, "", "playground", "-c", "hold n1 -> n2; inflight; release n1 -> n2; put a 1; lose 99").expect(t, 1, "n1 -> n2 released", "OK  rev 1", "line 1: error: no message 99 is in flight")
	call(t, "", "playground", "-c", "timeout n1").expect(t, 1, "hold")
}
