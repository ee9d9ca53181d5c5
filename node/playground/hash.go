package playground

// Hash returns the hash of a running node's state and the index it is of: two nodes with
// the same index and another hash have diverged. The hash is "" if the node does not run.
func (c *Cluster) Hash(name string) (hash string, applied uint64) {
	n := c.Node(name)
	if n == nil || n.Err() != nil {
		return "", 0
	}
	return n.Hash()
}
