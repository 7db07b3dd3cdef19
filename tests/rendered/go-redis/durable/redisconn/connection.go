// Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&client=go-redis

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
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// A call with all its tries, and one try.
const deadline = 2000 * time.Millisecond
const commandTimeout = 580 * time.Millisecond

// ErrOutcomeUnknown says that the reply was lost: the command may have been applied.
var ErrOutcomeUnknown = errors.New("outcome unknown")

var errNotConnected, errStale = errors.New("not connected"), errors.New("connection given up")

// DB is one database.
type DB struct {
	// Safe tries again: for commands that may be applied twice.
	Safe *redis.Client
	// Once never sends a command twice.
	Once *redis.Client
	// durable waits for WAITAOF.
	durable *redis.Client

	ctx     context.Context
	stop    context.CancelFunc
	dialing sync.Mutex   // one dial at a time
	epoch   atomic.Int64 // grows when all connections are given up: older ones send nothing more

	mu       sync.Mutex // guards the rest
	answered time.Time
	failures int
	why      error
	gate     time.Time
}

// Open fails when Redis refuses us. When it is only away, the connection comes later.
func Open(ctx context.Context) (*DB, error) {
	db := &DB{why: errNotConnected, answered: time.Now()}
	if env("REDIS_PASSWORD", "") == "" {
		return nil, errors.New("REDIS_PASSWORD is not set")
	}
	logging.Disable() // the lines below say it better
	db.ctx, db.stop = context.WithCancel(context.Background())
	db.Safe = db.client(2)
	db.Once = db.client(1)
	db.durable = db.client(1)
	if err := db.Health(ctx); suspect(err) != "" {
		return nil, errors.Join(fmt.Errorf("refused, check %s: %w", suspect(err), err), db.Close())
	}
	go func() {
		for sleep(db.ctx, 5000*time.Millisecond) {
			_ = db.Health(db.ctx)
		}
	}()
	return db, nil
}

// Health is nil when Redis answers.
func (db *DB) Health(ctx context.Context) error { return db.Safe.Ping(ctx).Err() }

// Close ends all connections.
func (db *DB) Close() error {
	db.stop()
	return errors.Join(db.Safe.Close(), db.Once.Close(), db.durable.Close())
}

// Durable sends one write, once, and returns when it is on disk of the replica.

func (db *DB) Durable(ctx context.Context, write func(redis.Pipeliner)) error {
	pipe := db.durable.Pipeline()
	write(pipe)
	proof := pipe.Do(ctx, "WAITAOF", 0, 1, 1120)
	_, err := pipe.Exec(ctx)
	if copies, _ := proof.Int64Slice(); err == nil && len(copies) == 2 && copies[1] > 0 {
		return nil
	}
	if err == nil || is[redis.Error](err) && errors.Is(err, proof.Err()) {
		return fmt.Errorf("%w: written, but not proved to be on disk (%v)", ErrOutcomeUnknown, proof)
	}
	return err
}

func (db *DB) client(tries int) *redis.Client {
	o := &redis.Options{}
	o.Addr = net.JoinHostPort(env("REDIS_HOST", "redis-12345.example.com"), env("REDIS_PORT", "12345"))
	o.CredentialsProvider = func() (string, string) {
		return env("REDIS_USERNAME", "default"), env("REDIS_PASSWORD", "")
	}
	o.ClientName = "app"
	o.Protocol = 3 // the server's notices need it
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeAuto, RelaxedTimeout: deadline}
	o.ContextTimeoutEnabled = true
	o.ReadTimeout = commandTimeout
	if tries == 1 {
		o.ReadTimeout = deadline // WAITAOF takes longer
	}
	o.WriteTimeout = commandTimeout
	o.MaxRetries = -1 // bounded tries again
	o.PoolSize = 10
	o.PoolTimeout = 200 * time.Millisecond
	o.PipelinePoolSize = -1
	o.Dialer = db.dial
	o.DialerRetries = 1000 // in the background, at the gate's pace: callers leave at their deadline
	o.DialerRetryBackoff = func(int) time.Duration { return 0 }
	c := redis.NewClient(o)
	c.AddHook(hook{db, tries})
	return c
}

// dial waits for the gate and reads the files anew: they may have been replaced.
func (db *DB) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	db.dialing.Lock()
	defer db.dialing.Unlock()
	db.mu.Lock()
	wait, why := time.Until(db.gate), cmp.Or(db.why, errNotConnected)
	db.mu.Unlock()
	if db.ctx.Err() != nil || wait > 0 && suspect(why) != "" || !sleep(ctx, wait) {
		return nil, why
	}
	ctx, cancel := context.WithTimeout(ctx, 580*time.Millisecond)
	defer cancel()
	keepalive := net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	pem, err := os.ReadFile(env("REDIS_CA_FILE", "redis_ca.pem"))
	if err != nil {
		return nil, db.failed(err, true)
	}
	d := tls.Dialer{NetDialer: &net.Dialer{KeepAliveConfig: keepalive}, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	d.Config.ServerName = env("REDIS_HOST", "redis-12345.example.com")
	d.Config.RootCAs = x509.NewCertPool()
	d.Config.RootCAs.AppendCertsFromPEM(pem)
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, db.failed(err, true)
	}
	// Close discards what is on its way, or the kernel delivers a write long after its call has failed.
	secure := c.(*tls.Conn)
	_ = secure.NetConn().(*net.TCPConn).SetLinger(0)
	return &conn{secure, db, db.epoch.Load()}, nil
}

type conn struct {
	*tls.Conn
	db    *DB
	epoch int64
}

// Close omits TLS's farewell, which waits up to 5 s for a silent peer.
func (c *conn) Close() error { return c.NetConn().Close() }

// SetWriteDeadline precedes each command. The pool itself can't see that an idle TLS connection is dead.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.epoch != c.db.epoch.Load() {
		return errStale
	}
	return c.Conn.SetWriteDeadline(t)
}

type hook struct {
	*DB
	tries int
}

func (h hook) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return bounded(h, next) }
func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return bounded(h, next)
}

// bounded sends a command, or a pipeline, within the deadline.
func bounded[T any](h hook, send func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, cmd T) error {
		if ctx.Value(h.DB) != nil { // HELLO, on a connection that a call waits for
			err := send(ctx, cmd)
			if err == nil || errors.Is(err, errStale) || is[redis.Error](err) && !redis.IsAuthError(err) {
				return err
			}
			return h.failed(err, true)
		}
		ctx, cancel := context.WithTimeout(context.WithValue(ctx, h.DB, true), deadline)
		defer cancel()
		for try := 1; ; try++ {
			err := send(ctx, cmd)
			for errors.Is(err, errStale) {
				err = send(ctx, cmd)
			}
			switch {
			case err == nil, is[redis.Error](err) && !demoted(err) && !errors.Is(err, errNotConnected):
				h.worked()
				return err
			case errors.Is(err, errNotConnected), errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, ctx.Err()):
			default:
				_ = h.failed(err, false)
				if h.tries == 1 && !demoted(err) {
					return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
				}
			}
			if try == h.tries || !sleep(ctx, rand.N(min(50*time.Millisecond, 50*time.Millisecond<<(try-1)))) {
				return err
			}
		}
	}
}

func (db *DB) worked() {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.answered = time.Now()
	if db.why != nil && db.answered.After(db.gate) {
		db.failures, db.why = 0, nil
		slog.Info("redis: connected")
	}
}

// demoted tells that this is no longer, or not yet, the primary.
func demoted(err error) bool {
	return redis.IsReadOnlyError(err) || redis.IsLoadingError(err) || redis.IsMasterDownError(err)
}

// failed closes the gate for a random while and gives up all connections, unless Redis has just answered others.
func (db *DB) failed(err error, dialing bool) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	silence := time.Since(db.answered)
	if silence > commandTimeout || demoted(err) {
		db.epoch.Add(1)
	} else if !dialing {
		return err
	}
	pause := rand.N(min(2000*time.Millisecond, 100*time.Millisecond<<min(db.failures, 20)))
	if check := suspect(err); check != "" {
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
	db.gate = time.Now().Add(pause)
	db.why = fmt.Errorf("%w: %w", errNotConnected, err)
	return db.why
}

// suspect names what to look at when Redis refused us.
func suspect(err error) string {
	alert, _ := errors.AsType[*net.OpError](err)
	switch {
	case redis.IsAuthError(err):
		return "REDIS_USERNAME and REDIS_PASSWORD"
	case is[x509.HostnameError](err):
		return "REDIS_HOST"
	case is[*tls.CertificateVerificationError](err), is[*fs.PathError](err):
		return "REDIS_CA_FILE"
	case alert != nil && alert.Op == "remote error":
		return "whether the database asks for a client certificate"
	}
	return ""
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func env(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }

func sleep(ctx context.Context, d time.Duration) bool {
	timer, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-timer.Done()
	return ctx.Err() == nil
}
