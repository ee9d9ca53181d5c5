package playground

import "testing"

// A member that is asked to remove itself says that it was done, though it ends by it
// while it waits for the leader's answer: be it the leader or a follower.
func TestAMemberThatRemovesItselfAnswers(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 5, nil)
	leader := c.Leader()
	for _, name := range []string{others(c, leader)[0], leader} {
		cl := dial(t, c, name)
		put(t, cl, "k", "v")
		if _, err := cl.RemoveMember(testContext(t), name); err != nil {
			t.Fatalf("%s removes itself: %v", name, err)
		}
	}
	waitLeader(t, c, leader)
}
