//go:build !linux

package playground

import (
	"net"
	"strconv"

	"kv/node"
)

// occupy finds a port of the loopback address that is free, 0 for any. Where one cannot
// listen beside a socket that is bound, nothing keeps it from a connection that goes out.
func occupy(port int) (taken int, letGo func(), err error) {
	l, err := net.Listen("tcp4", net.JoinHostPort(node.DefaultHost, strconv.Itoa(port)))
	if err != nil {
		return 0, nil, err
	}
	return l.Addr().(*net.TCPAddr).Port, func() {}, l.Close()
}
