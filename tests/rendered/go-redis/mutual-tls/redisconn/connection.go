// Holdfast 0.1.0 #v=1&client=go-redis&mutual-tls=yes

// Package redisconn connects to Redis: every call ends in time, the connection comes back by itself.
package redisconn

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// A call with all its tries, and one try.
const deadline = 2000 * time.Millisecond
const commandTimeout = 580 * time.Millisecond

// ErrOutcomeUnknown says that a reply was lost: the command may have been applied.
var ErrOutcomeUnknown = errors.New("outcome unknown")

// Nothing was sent: there is no connection, or the pool's was given up.
var errNotConnected, errGivenUp = errors.New("not connected"), errors.New("connection given up")

// DB is one database.
type DB struct {
	// Safe tries again: for commands that may be applied twice.
	Safe *redis.Client
	// Once never sends a command twice.
	Once *redis.Client

	ctx   context.Context // until Close
	stop  context.CancelFunc
	epoch atomic.Int64 // grows when all connections are given up

	mu       sync.Mutex // guards the rest
	answered time.Time
	failures int
	why      error
	gate     time.Time // nobody dials before
}

// Open fails when Redis refuses us. When it is only away, the connection comes later.
func Open(ctx context.Context) (*DB, error) {
	db := &DB{why: errNotConnected, answered: time.Now()}
	if env("REDIS_PASSWORD", "") == "" {
		return nil, errors.New("REDIS_PASSWORD is not set")
	}
	logging.Disable() // go-redis tells of each dial: the lines below say it better
	db.ctx, db.stop = context.WithCancel(context.Background())
	db.Safe = db.client(2, commandTimeout, deadline)
	db.Once = db.client(1, commandTimeout, deadline)
	if err := db.Health(ctx); suspect(err) != "" {
		return nil, errors.Join(fmt.Errorf("refused, check %s: %w", suspect(err), err), db.Close())
	}
	go func() {
		for used := db.used(); sleep(db.ctx, 5000*time.Millisecond); used = db.used() {
			if used == db.used() { // else others ask
				_ = db.Health(db.ctx)
			}
		}
	}()
	return db, nil
}

// Health is nil when Redis answers.
func (db *DB) Health(ctx context.Context) error { return db.Safe.Ping(ctx).Err() }

func (db *DB) used() uint32 {
	stats := db.Safe.PoolStats()
	return stats.Hits + stats.Misses
}

// Close ends all connections.
func (db *DB) Close() error {
	db.stop()
	return errors.Join(db.Safe.Close(), db.Once.Close())
}

// client sends a call up to so many times. Each may take so long, and all of them.
func (db *DB) client(tries int, each, all time.Duration) *redis.Client {
	o := &redis.Options{}
	o.Addr = net.JoinHostPort(env("REDIS_HOST", "redis-12345.example.com"), env("REDIS_PORT", "12345"))
	o.CredentialsProvider = func() (string, string) {
		return env("REDIS_USERNAME", "default"), env("REDIS_PASSWORD", "")
	}
	o.ClientName = "app"
	o.ContextTimeoutEnabled = true
	o.ReadTimeout = each
	o.MaxRetries = -1 // bounded tries again
	o.PoolSize = 10
	o.PoolTimeout = 200 * time.Millisecond
	o.PipelinePoolSize = -1
	o.Dialer = db.dial
	// One dial, in the background, at the gate's pace. Callers leave at their deadline.
	o.MaxConcurrentDials = 1
	o.DialerRetries = 1000
	o.DialerRetryBackoff = func(int) time.Duration { return 0 }
	c := redis.NewClient(o)
	c.AddHook(hook{db, c, tries, all})
	return c
}

// dial waits for the gate.
func (db *DB) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	db.mu.Lock()
	wait, why := time.Until(db.gate), cmp.Or(db.why, errNotConnected)
	db.mu.Unlock()
	if db.ctx.Err() != nil || wait > 0 && suspect(why) != "" && !stale(why) || !sleep(ctx, wait) {
		return nil, why
	}
	dialing, cancel := context.WithTimeout(ctx, 580*time.Millisecond)
	defer cancel()
	c, err := db.connect(dialing, network, addr)
	if err != nil {
		return nil, db.failed(ctx, err, true)
	}
	return &conn{c.(*tls.Conn), db, db.epoch.Load()}, nil
}

// connect reads the files anew: they may have been replaced.
func (db *DB) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	tcp := &net.Dialer{}
	tcp.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	pem, err := os.ReadFile(env("REDIS_CA_FILE", "redis_ca.pem"))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: env("REDIS_HOST", "redis-12345.example.com"), MinVersion: tls.VersionTLS12}
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(env("REDIS_CERT_FILE", "redis_user.crt"), env("REDIS_KEY_FILE", "redis_user_private.key"))
	if err != nil {
		return nil, &fs.PathError{Op: "load", Path: "REDIS_CERT_FILE and REDIS_KEY_FILE", Err: err}
	}
	config.Certificates = []tls.Certificate{pair}
	return (&tls.Dialer{NetDialer: tcp, Config: config}).DialContext(ctx, network, addr)
}

// conn knows when it has been given up.
type conn struct {
	*tls.Conn
	db    *DB
	epoch int64
}

// Close discards what is on its way, or the kernel delivers a write long after its call has failed.
// It omits TLS's farewell, which waits up to 5 s for a silent peer.
func (c *conn) Close() error {
	tcp := c.NetConn().(*net.TCPConn)
	_ = tcp.SetLinger(0)
	return tcp.Close()
}

// SetWriteDeadline precedes each command. The pool itself can't see that an idle TLS connection is dead.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.epoch != c.db.epoch.Load() {
		return errGivenUp
	}
	return c.Conn.SetWriteDeadline(t)
}

// hook sees every call, batch and handshake.
type hook struct {
	*DB
	pool  *redis.Client
	tries int
	all   time.Duration
}

func (h hook) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return bounded(h, next) }
func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return bounded(h, next)
}

// call is what is known of one to its handshakes.
type call struct {
	caller context.Context
	lost   atomic.Bool // a try was sent and not answered
}

// bounded sends a command, or a pipeline, in time.
func bounded[T any](h hook, send func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, cmd T) error {
		if c, ok := ctx.Value(h.DB).(*call); ok { // a handshake, on a connection that a call waits for
			err := send(ctx, cmd)
			if answered(err) || errors.Is(err, errGivenUp) {
				return err
			}
			return h.failed(c.caller, err, true)
		}
		c := &call{caller: ctx}
		ctx, cancel := context.WithTimeout(context.WithValue(ctx, h.DB, c), h.all)
		defer cancel()
		for try := 1; ; try++ {
			err := errGivenUp
			for err == errGivenUp { // wrapped, it is of a transaction, which has no other connection
				if err = h.away(ctx); err == nil {
					err = send(ctx, cmd)
				}
			}
			switch {
			case answered(err):
				h.worked()
				return err
			case !unsent(ctx, err):
				_ = h.failed(c.caller, err, redis.IsAuthError(err)) // a subscription's handshake comes here
				if !is[redis.Error](err) {
					c.lost.Store(true)
				}
			}
			if try == h.tries || !sleep(ctx, rand.N(50*time.Millisecond)) {
				if c.lost.Load() { // by this try or one before
					return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
				}
				return err
			}
		}
	}
}

// away tells why a call need not wait: nobody dials before its end, and no connection is idle.
func (h hook) away(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if end, _ := ctx.Deadline(); h.gate.Before(end) || h.pool.PoolStats().IdleConns > 0 {
		return nil
	}
	return cmp.Or(h.why, errNotConnected)
}

// answered tells that Redis did what it was asked, or refuses to for good.
func answered(err error) bool {
	return err == nil || is[redis.Error](err) && !stale(err) && !redis.IsAuthError(err)
}

// unsent tells that nothing has left.
func unsent(ctx context.Context, err error) bool {
	return errors.Is(err, errNotConnected) || errors.Is(err, errGivenUp) || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, ctx.Err())
}

// stale tells that this is no longer, or not yet, the primary, or has forgotten our login.
func stale(err error) bool {
	return redis.IsReadOnlyError(err) || redis.IsLoadingError(err) || redis.IsMasterDownError(err) || redis.HasErrorPrefix(err, "NOAUTH")
}

func (db *DB) worked() {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.answered = time.Now()
	if db.why != nil && db.answered.Sub(db.gate) > commandTimeout { // it lasts: a demoted primary answers reads
		db.failures, db.why = 0, nil
		slog.Info("redis: connected")
	}
}

// failed closes the gate for a random while, and gives up all connections unless Redis has just answered others.
// A caller that had no more time says nothing about the connection.
func (db *DB) failed(caller context.Context, err error, dialing bool) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	silence, why := time.Since(db.answered), fmt.Errorf("%w: %w", errNotConnected, err)
	if end, ok := caller.Deadline(); ok && !time.Now().Before(end) || errors.Is(err, context.Canceled) {
		return why
	}
	lost := silence > commandTimeout || stale(err)
	if lost {
		db.epoch.Add(1)
	}
	if time.Now().Before(db.gate) {
		return why // known already
	}
	pause := rand.N(min(2000*time.Millisecond, 200*time.Millisecond<<min(db.failures, 20)))
	if !lost && !dialing { // one connection, or the first of all
		db.gate = time.Now().Add(pause)
		return why
	}
	if check := suspect(err); check != "" && !stale(err) {
		pause = 30000*time.Millisecond + rand.N(30000*time.Millisecond)
		slog.Error("redis: refused", "check", check, "why", err)
	} else if db.failures == 0 {
		slog.Warn("redis: lost, reconnecting", "why", err)
	}
	if silence > 60000*time.Millisecond {
		db.answered = time.Now()
		slog.Error("redis: refreshed, after a long silence; if its name has moved, flush the DNS cache of this machine", "why", err)
	}
	db.failures++
	db.why, db.gate = why, time.Now().Add(pause)
	return why
}

// suspect names what to look at when Redis refused us.
func suspect(err error) string {
	alert := "" // other alerts are troubles of the server
	if sent, ok := errors.AsType[*net.OpError](err); ok && sent.Op == "remote error" {
		alert = sent.Err.Error()
	}
	switch {
	case redis.IsAuthError(err):
		return "REDIS_USERNAME and REDIS_PASSWORD"
	case is[x509.HostnameError](err), strings.Contains(alert, "unrecognized name"):
		return "REDIS_HOST"
	case is[*tls.CertificateVerificationError](err):
		return "REDIS_CA_FILE"
	case is[*fs.PathError](err):
		return "REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE"
	case strings.Contains(alert, "certificate"):
		return "REDIS_CERT_FILE and REDIS_KEY_FILE"
	}
	return ""
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func env(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
