package playground

import (
	"os"

	"golang.org/x/sys/unix"
)

// occupy keeps a port of the loopback address, 0 for any, until letGo: by a socket that is
// bound and never listens, beside which one may listen.
func occupy(port int) (taken int, letGo func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, os.NewSyscallError("socket", err)
	}
	letGo = func() { _ = unix.Close(fd) }
	call := "setsockopt"
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		call, err = "bind", unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	var addr unix.Sockaddr
	if err == nil {
		call = "getsockname"
		addr, err = unix.Getsockname(fd)
	}
	if err != nil {
		letGo()
		return 0, nil, os.NewSyscallError(call, err)
	}
	return addr.(*unix.SockaddrInet4).Port, letGo, nil
}
