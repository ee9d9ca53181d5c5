package learn

import "kv/repl/shell"

func (r *rows) commands() []shell.Command {
	return []shell.Command{
		{
			Name: "learn", Group: shell.GroupLearn, Lab: true, Endless: true, Run: r.learn, Check: checkLesson,
			Ends:    func(a shell.Args) bool { return !a.Has("LESSON") && !a.Has("f") },
			Args:    []shell.Arg{{Name: "LESSON", Kind: kindLesson, Optional: true}},
			Options: []shell.Option{{Name: "f", Value: "FILE", Kind: shell.KindFile, Help: "begin the lesson of a file, and list it from now on"}},
			Summary: "list the lessons, or begin one",
			Help: "A lesson is a few steps that you do yourself on this cluster, with any commands you\n" +
				"like; each is checked, and what has happened is explained. It begins with all nodes\n" +
				"well, whatever was broken before, and leaves them so. LESSON is its name or number.\n" +
				"Without it, `learn` lists all of them and shows the step again that is to be done.\n" +
				"In a script a step has 30 s to be done after the last command of its hint.\n" +
				"A FILE has lines such as `step: Kill n1.`, `hint: kill n1`, `check: leader != n1`;\n" +
				"repl/lab/learn/DESIGN.md explains them, and repl/lab/learn/lessons has the built-in ones.\n",
			Example: "learn election",
		},
		{
			Name: "learn hint", Group: shell.GroupLearn, Lab: true, Run: r.hint,
			Summary: "show the commands that do the step",
			Help:    "They are one way to do it.\n",
			Example: "learn hint",
		},
		{
			Name: "learn skip", Group: shell.GroupLearn, Lab: true, Endless: true, Run: r.skip,
			Summary: "have the step done",
			Help:    "Executes the commands of the hint, and shows them.\n",
			Example: "learn skip",
		},
		{
			Name: "learn again", Group: shell.GroupLearn, Lab: true, Endless: true, Run: r.again,
			Summary: "begin the lesson again",
			Help:    "All nodes are made well first.\n",
			Example: "learn again",
		},
		{
			Name: "learn stop", Group: shell.GroupLearn, Lab: true, Endless: true, Run: r.stop,
			Summary: "end the lesson",
			Help:    "What it has broken is healed, and all nodes run again.\n",
			Example: "learn stop",
		},
	}
}

func checkLesson(c *shell.Command, a shell.Args) error { return c.Exclude(a, "LESSON", "f") }
