package client

import kvv1 "kv/proto/kv/v1"

// Proto shows a range as it is sent.
func (r Range) Proto() *kvv1.Range { return r.proto() }

// Wait waits in the lobby for ever; the channel is closed when it is called in.
func (c *Client) Wait() <-chan struct{} {
	_, answered := c.lobby.enter(0)
	return answered
}
