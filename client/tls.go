package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// WithTLS encrypts every connection. A kv node does not speak TLS by itself: the
// addresses are then those of a proxy before each member that does, and the members
// have to advertise these addresses, since the client goes where they say that the
// leader is. The configuration must not be changed afterwards.
func WithTLS(cfg *tls.Config) Option {
	return func(c *config) {
		c.tls = true
		c.dial = append(c.dial, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))
	}
}

// TLSFiles name the files of a TLS configuration, all in PEM.
type TLSFiles struct {
	// CA has the certificates that a member's must lead to; empty means those that the
	// operating system trusts.
	CA string
	// Cert and Key are what the client shows of itself (mTLS); both or none.
	Cert, Key string
	// ServerName is what the member's certificate must be for, if that is not the host
	// of its address.
	ServerName string
}

// Empty reports whether nothing is set: then there is no TLS.
func (f TLSFiles) Empty() bool { return f == TLSFiles{} }

// Load reads the files. Its errors name the file that is wrong.
func (f TLSFiles) Load() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: f.ServerName}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, fmt.Errorf("read the CA certificates: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate in PEM", f.CA)
		}
	}
	switch {
	case f.Cert == "" && f.Key == "":
		return cfg, nil
	case f.Cert == "" || f.Key == "":
		return nil, errors.New("a client certificate and its key go together: give both, or none")
	}
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("read the client certificate: %w", err)
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, nil
}
