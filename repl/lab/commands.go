package lab

import "kv/repl/shell"

func (l rows) commands() []shell.Command {
	node := []shell.Arg{{Name: "NAME", Kind: kindNode}}
	yes := []shell.Option{shell.YesOption()}
	return []shell.Command{
		l.clockRow(),
		{
			Name: "nodes", Group: shell.GroupPlayground, Lab: true, Run: l.nodes,
			Summary: "the nodes of this playground",
			Help: "Lists them all with their addresses and data folders. STATE is running, paused,\n" +
				"stopped, killed, failed (it has ended by itself, and why is told), removed (from\n" +
				"the cluster) or wiped.\n",
			Example: "nodes",
		},
		{
			Name: "stop", Group: shell.GroupPlayground, Lab: true, Args: node, Options: yes,
			Run: l.harms("stopped", Lab.Stop, ""), Confirm: l.confirm("stop"),
			Summary: "stop a node in good order",
			Help:    "The others go on while a majority of the voters runs: you are asked where that ends.\n",
			Example: "stop n1",
		},
		{
			Name: "start", Group: shell.GroupPlayground, Lab: true, Args: node,
			Run:     l.each("started", Lab.Start, ""),
			Summary: "start a node that was stopped",
			Help:    "It comes back with the data it had and catches up.\n",
			Example: "start n1",
		},
		{
			Name: "restart", Group: shell.GroupPlayground, Lab: true, Args: node,
			Run:     l.each("restarted", Lab.Restart, ""),
			Summary: "stop a node in good order and start it again",
			Help:    "One that has ended by itself is only started. What is wrong with its disk or its\nwires stays wrong.\n",
			Example: "restart n1",
		},
		{
			Name: "kill", Group: shell.GroupPlayground, Lab: true, Args: node, Options: yes,
			Run: l.harms("killed", Lab.Kill, ""), Confirm: l.confirm("kill"),
			Summary: "end a node as a power cut does",
			Help: "Its connections break, and what was written and not yet synced is lost: of the\n" +
				"log, of the vote, of a snapshot. What it has acknowledged was synced before.\n",
			Example: "kill n1",
		},
		{
			Name: "pause", Group: shell.GroupPlayground, Lab: true, Args: node, Options: yes, Confirm: l.confirm("pause"),
			Run:     l.harms("paused", Lab.Pause, "its connections stay up, and what they bring waits; `resume NAME` lets it go on"),
			Summary: "freeze a node, as kill -STOP does",
			Help: "Nothing comes in or goes out on any of its connections, those of clients too,\n" +
				"and nothing reaches its disk. A leader finds out when it goes on that the others\n" +
				"have chosen another. It cannot be stopped meanwhile, but killed.\n",
			Example: "pause n1",
		},
		{
			Name: "resume", Group: shell.GroupPlayground, Lab: true, Args: node,
			Run:     l.each("goes on", Lab.Resume, ""),
			Summary: "let a paused node go on",
			Help:    "It reads first what has come meanwhile.\n",
			Example: "resume n1",
		},
		{
			Name: "wipe", Group: shell.GroupPlayground, Lab: true, Args: node, Confirm: l.confirmWipe,
			Options: []shell.Option{{Name: "y", Help: "do not ask"}},
			Run: l.each("wiped", Lab.Wipe, "with its data it has lost what it promised: the cluster takes what comes back for another node\n"+
				"to bring it back: remove NAME (if `members` still lists it), then add NAME"),
			Summary: "empty the folder of a node that does not run",
			Help: "A node without its log and vote could confirm what it has refused before, so it\n" +
				"must not come back as the one it was: it does not start, and is no member until\n" +
				"the old one is removed (`remove`) and the new one added (`add`).\n",
			Example: "wipe n3",
		},
		{
			Name: "add", Group: shell.GroupPlayground, Lab: true, Run: l.add,
			Args:    []shell.Arg{{Name: "NAME", Kind: kindSpare, Optional: true}},
			Summary: "start a new node and take it into the cluster",
			Help: "It joins as a learner and gets its vote once it has caught up. NAME is n1 to n9,\n" +
				"also that of a node that was removed and wiped; without it, the next that is free.\n" +
				"The way out is `remove`: the node then stops.\n",
			Example: "add n4",
		},
	}
}
