package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// sign makes a certificate, and writes NAME.crt and NAME.key.
func (a *authority) sign(name string, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.t, err)
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	must(a.t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	must(a.t, err)
	for file, block := range map[string]*pem.Block{name + ".crt": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		must(a.t, os.WriteFile(a.path(file), pem.EncodeToMemory(block), 0o600))
	}
	cert, err := x509.ParseCertificate(der)
	must(a.t, err)
	return cert, key
}

func (a *authority) path(file string) string { return filepath.Join(a.dir, file) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newTLSMember is a member behind TLS that wants a certificate of its clients.
func newTLSMember(t *testing.T, a *authority) *member {
	t.Helper()
	a.sign("server", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"kv.test"}})
	pair, err := tls.LoadX509KeyPair(a.path("server.crt"), a.path("server.key"))
	must(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m := &member{name: "n1", address: l.Addr().String(), served: make(chan error, 1)}
	m.server = grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert})))
	kvv1.RegisterKVServer(m.server, m)
	kvv1.RegisterClusterServer(m.server, m)
	go func() { m.served <- m.server.Serve(l) }()
	t.Cleanup(m.stop)
	return m
}

func TestTLSWithAClientCertificate(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	m := newTLSMember(t, a)
	a.sign("me", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	mine := client.TLSFiles{CA: a.path("ca.crt"), Cert: a.path("me.crt"), Key: a.path("me.key")}
	get := func(f client.TLSFiles) error {
		cfg, err := f.Load()
		must(t, err)
		c := newClient(t, []string{m.address}, client.WithTLS(cfg), client.WithPatience(time.Millisecond))
		_, err = c.Get(within(t, 30*time.Second), "k")
		return err
	}
	must(t, get(mine))
	named := mine
	named.ServerName = "kv.test"
	must(t, get(named))
	for what, c := range map[string]struct {
		change func(f *client.TLSFiles)
		says   string
	}{
		"another name":      {func(f *client.TLSFiles) { f.ServerName = "other.test" }, "other.test"},
		"no trust":          {func(f *client.TLSFiles) { f.CA = "" }, "certificate"},
		"no certificate":    {func(f *client.TLSFiles) { f.Cert, f.Key = "", "" }, ""},
		"another authority": {func(f *client.TLSFiles) { f.CA = newAuthority(t).path("ca.crt") }, "certificate"},
	} {
		f := mine
		c.change(&f)
		if err := get(f); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTLSWhereThereIsNone(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cfg, err := client.TLSFiles{CA: a.path("ca.crt")}.Load()
	must(t, err)
	c := newClient(t, []string{newMember(t, "n1").address}, client.WithTLS(cfg), client.WithPatience(time.Millisecond))
	if _, err := c.Get(within(t, 30*time.Second), "k"); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("TLS with a member that speaks none: %v", err)
	}
	two := []string{newMember(t, "n2").address, newMember(t, "n3").address}
	c = newClient(t, two, client.WithTLS(cfg), client.WithPatience(time.Millisecond))
	if _, err := c.Get(within(t, 30*time.Second), "k"); err == nil || !strings.Contains(err.Error(), two[0]+": what") || !strings.Contains(err.Error(), two[1]+": what") {
		t.Errorf("TLS with two members that speak none: %v", err)
	}
	plain := newClient(t, []string{newTLSMember(t, a).address}, client.WithPatience(time.Millisecond))
	if _, err := plain.Get(within(t, 30*time.Second), "k"); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("no TLS with a member that wants it: %v", err)
	}
}

func TestTLSFilesThatAreWrong(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	must(t, os.WriteFile(empty, nil, 0o600))
	for says, f := range map[string]client.TLSFiles{
		"missing.pem: no such file": {CA: a.path("missing.pem")},
		"empty.pem has no":          {CA: empty},
		"give both":                 {Cert: a.path("ca.crt")},
		"client certificate":        {Cert: empty, Key: a.path("ca.key")},
	} {
		if _, err := f.Load(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if !(client.TLSFiles{}).Empty() {
		t.Error("no files are something")
	}
}
