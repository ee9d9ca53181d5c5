package client

import kvv1 "kv/proto/kv/v1"

// Proto shows a range as it is sent.
func (r Range) Proto() *kvv1.Range { return r.proto() }
