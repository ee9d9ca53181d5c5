package builtin

import (
	"context"

	"kv/repl/expect"
	"kv/repl/shell"
)

func expectRow() shell.Command {
	return shell.Command{
		Name: "expect", Group: shell.GroupShell, Endless: true, Operators: true, Run: meet,
		Args:    []shell.Arg{{Name: "COMMAND", Kind: shell.KindLine, Many: true}},
		Form:    "COMMAND… [OPERATOR VALUE] [@all] [within TIME]",
		Summary: "fail unless a command answers as expected",
		Help: "  expect leader != n1 within 3s           tries again until it holds\n" +
			"  expect get a == 1 @all                  each member says so\n" +
			"  expect members matches n3.*learner      a regular expression, line by line\n" +
			"  expect list -count >= 10                numbers or times: also < <= >\n" +
			"  expect list contains 'a b'              a text\n" +
			"  expect get a fails with not-found       also: fails, succeeds\n" +
			"  expect $x == 3                          a variable\n" +
			"What counts is what the command prints in a script; of `leader` the name, of `put` the\n" +
			"revision. One that fails meets only `fails`. An operator or @all in quotes is a word\n" +
			"like any other.\n",
		Example: "expect leader matches n within 3s",
	}
}

func meet(ctx context.Context, s *shell.Session, a shell.Args) error {
	e, err := expect.Read(a.Inner())
	if err != nil {
		return err
	}
	if err := e.Meet(ctx, s); err != nil {
		return err
	}
	s.Held(e.String())
	return nil
}
