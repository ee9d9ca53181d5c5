package shell

import (
	"context"
	"sync"
	"time"
)

// MemberWait bounds what AskEach waits for one member.
const MemberWait = 2 * time.Second

// Answer is what one member said.
type Answer[T any] struct {
	Member string
	Value  T
	Err    error // why there is none
}

// AskEach asks members at the same time and returns their answers in the same order. A
// member that does not answer keeps the others waiting for MemberWait at most; ask must
// return when its context ends.
func AskEach[T any](ctx context.Context, members []string, ask func(ctx context.Context, member string) (T, error)) []Answer[T] {
	ctx, cancel := context.WithTimeout(ctx, MemberWait)
	defer cancel()
	return TellEach(ctx, members, ask)
}

// TellEach is AskEach for what members are to do, which may take as long as ctx lets it.
func TellEach[T any](ctx context.Context, members []string, ask func(ctx context.Context, member string) (T, error)) []Answer[T] {
	answers := make([]Answer[T], len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			value, err := ask(ctx, m)
			answers[i] = Answer[T]{m, value, err}
		})
	}
	wg.Wait()
	return answers
}
