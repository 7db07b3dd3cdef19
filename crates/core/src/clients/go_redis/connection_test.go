// fill((stamp))

package redisconn

import (
	"context"
	/*%- if mutual_tls %*/
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	/*%- endif %*/
	"net"
	/*%- if tls %*/
	"os"
	"path/filepath"
	/*%- endif %*/
	"strings"
	"testing"
	"time"
)

// silence is a peer that accepts and never answers.
func silence(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	t.Setenv("REDIS_PASSWORD", "secret")
	/*%- if active_active %*/
	for _, suffix := range []string{fill((suffixes))} {
		t.Setenv("REDIS_HOST"+suffix, host)
		t.Setenv("REDIS_PORT"+suffix, port)
	}
	/*%- else %*/
	t.Setenv("REDIS_HOST", host)
	t.Setenv("REDIS_PORT", port)
	/*%- endif %*/
	/*%- if tls %*/
	write(t, "REDIS_CA_FILE", nil)
	/*%- endif %*/
	/*%- if mutual_tls %*/
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	draft := &x509.Certificate{SerialNumber: big.NewInt(1)}
	cert, _ := x509.CreateCertificate(rand.Reader, draft, draft, key.Public(), key)
	secret, _ := x509.MarshalPKCS8PrivateKey(key)
	write(t, "REDIS_CERT_FILE", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	write(t, "REDIS_KEY_FILE", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	/*%- endif %*/
}

/*% if tls -%*/
func write(t *testing.T, variable string, content []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), variable)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(variable, file)
}

/*% endif -%*/
// endsInTime opens, and fails a call, within the deadline each.
func endsInTime(t *testing.T) {
	t.Helper()
	const limit = deadline*5/4 + 200*time.Millisecond
	db, err := /*% if active_active %*/open(context.Background(), "")/*% else %*/Open(context.Background())/*% endif %*/
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	began := time.Now()
	if err := db.Safe.Get(context.Background(), "key").Err(); err == nil {
		t.Error("a peer that says nothing gave a value")
	}
	if took := time.Since(began); took > limit {
		t.Errorf("the call took %v", took)
	}
}

func TestSilentPeerHoldsNoCallBeyondTheDeadline(t *testing.T) {
	silence(t)
	endsInTime(t)
}

func TestNorDoesADeadNameServer(t *testing.T) {
	silence(t)
	t.Setenv("REDIS_HOST", "redis.invalid")
	resolver := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = resolver })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	endsInTime(t)
}

func TestMissingPasswordIsAClearError(t *testing.T) {
	silence(t)
	t.Setenv("REDIS_PASSWORD", "")
	if _, err := Open(context.Background()); err == nil || !strings.Contains(err.Error(), "REDIS_PASSWORD is not set") {
		t.Errorf("got %v", err)
	}
}
