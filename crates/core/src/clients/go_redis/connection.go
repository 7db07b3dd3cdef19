// fill((stamp))

// Package redisconn connects to Redis: every call ends in time, the connection comes back by itself.
package redisconn

import (
	"cmp"
	"context"
	/*%- if tls %*/
	"crypto/tls"
	"crypto/x509"
	/*%- endif %*/
	"errors"
	"fmt"
	/*%- if tls %*/
	"io/fs"
	/*%- endif %*/
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	/*%- if tls || kubernetes && !cluster %*/
	"strings"
	/*%- endif %*/
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	/*%- if !handoffs || !handoffs_on %*/
	"github.com/redis/go-redis/v9/maintnotifications"
	/*%- endif %*/
)

// A call with all its tries, and one try.
const deadline = fill((deadline_ms)) * time.Millisecond
const commandTimeout = fill((command_timeout_ms)) * time.Millisecond

/*% if blocking -%*/
// LongestBlock is the longest time that a blocking command may ask for.
const LongestBlock = 30 * time.Second

/*% endif -%*/
// ErrOutcomeUnknown says that a reply was lost: the command may have been applied.
var ErrOutcomeUnknown = errors.New("outcome unknown")

// Nothing was sent: there is no connection, or the pool's was given up.
var errNotConnected, errGivenUp = errors.New("not connected"), errors.New("connection given up")

// DB is one database.
type DB struct {
	// Safe tries again: for commands that may be applied twice.
	Safe *redis.fill((class))
	/*%- if once %*/
	// Once never sends a command twice.
	Once *redis.fill((class))
	/*%- endif %*/
	/*%- if blocking %*/
	// Blocking is for BLPOP, XREAD and SUBSCRIBE, and never sends twice either.
	Blocking *redis.fill((class))
	/*%- endif %*/
	/*%- if durable %*/
	// durable waits for WAITAOF.
	durable *redis.fill((class))
	/*%- endif %*/
	/*%- if automatic %*/
	// probes has a pool of its own: that the others are busy says nothing about the region.
	probes *redis.fill((class))
	/*%- endif %*/
	/*%- if active_active %*/
	// suffix of the region's variables.
	suffix string
	log    *slog.Logger
	/*%- endif %*/

	ctx   context.Context // until Close
	stop  context.CancelFunc
	epoch atomic.Int64 // grows when all connections are given up

	mu       sync.Mutex // guards the rest
	answered time.Time
	failures int
	why      error
	gate     time.Time // nobody dials before
}

/*% if active_active -%*/
func open(ctx context.Context, suffix string) (*DB, error) {
	db := &DB{suffix: suffix, log: slog.With("region", cmp.Or(suffix, "_1")), why: errNotConnected, answered: time.Now()}
	if os.Getenv("REDIS_HOST"+suffix) == "" && suffix != "" {
		return nil, fmt.Errorf("REDIS_HOST%s is not set", suffix)
	}
	/*%- else -%*/
// Open fails when Redis refuses us. When it is only away, the connection comes later.
func Open(ctx context.Context) (*DB, error) {
	db := &DB{why: errNotConnected, answered: time.Now()}
	/*%- endif %*/
	if fill((env))("REDIS_PASSWORD", "") == "" {
		return nil, errors.New("REDIS_PASSWORD is not set")
	}
	logging.Disable() // go-redis tells of each dial: the lines below say it better
	db.ctx, db.stop = context.WithCancel(context.Background())
	db.Safe = db.client(fill((attempts)), commandTimeout, deadline)
	/*%- if once %*/
	db.Once = db.client(1, commandTimeout, deadline)
	/*%- endif %*/
	/*%- if blocking %*/
	db.Blocking = db.client(1, commandTimeout, LongestBlock+commandTimeout)
	/*%- endif %*/
	/*%- if durable %*/
	db.durable = db.client(1, deadline, deadline)
	/*%- endif %*/
	/*%- if automatic %*/
	db.probes = db.client(fill((attempts)), commandTimeout, deadline)
	/*%- endif %*/
	if err := db.Health(ctx); suspect(err) != "" {
		return nil, errors.Join(fmt.Errorf("refused, check %s: %w", suspect(err), err), db.Close())
	}
	/*%- if !serverless %*/
	go func() {
		for used := db.used(); sleep(db.ctx, fill((health_check_ms))*time.Millisecond); used = db.used() {
			if used == db.used() { // else others ask
				_ = db.Health(db.ctx)
			}
		}
	}()
	/*%- endif %*/
	return db, nil
}

// Health is nil when Redis answers.
func (db *DB) Health(ctx context.Context) error { return db.Safe.Ping(ctx).Err() }

/*% if !serverless -%*/
func (db *DB) used() uint32 {
	stats := db.Safe.PoolStats()
	return stats.Hits + stats.Misses
}

/*% endif -%*/
// Close ends all connections.
func (db *DB) Close() error {
	db.stop()
	return errors.Join(db.Safe.Close()/*% if once %*/, db.Once.Close()/*% endif %*//*% if blocking %*/, db.Blocking.Close()/*% endif %*//*% if durable %*/, db.durable.Close()/*% endif %*//*% if automatic %*/, db.probes.Close()/*% endif %*/)
}

/*% if durable && cluster -%*/
// Durable sends one write, once, and returns when it is on disk/*% if replica %*/ of the replica/*% endif %*/.
// The key says which shard has to prove it: WAITAOF alone would go to any.
func (db *DB) Durable(ctx context.Context, key string, write func(redis.Pipeliner)) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	node, err := db.durable.MasterForKey(ctx, key)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotConnected, err)
	}
	pipe := node.Pipeline()
	write(pipe)
	proof := pipe.Do(ctx, "WAITAOF", fill((waitaof)), fill((proof_ms)))
	_, err = pipe.Exec(ctx)
	return proved(proof, err)
}

/*% else if durable -%*/
// Durable sends one write, once, and returns when it is on disk/*% if replica %*/ of the replica/*% endif %*/.
func (db *DB) Durable(ctx context.Context, write func(redis.Pipeliner)) error {
	pipe := db.durable.Pipeline()
	write(pipe)
	proof := pipe.Do(ctx, "WAITAOF", fill((waitaof)), fill((proof_ms)))
	_, err := pipe.Exec(ctx)
	return proved(proof, err)
}

/*% endif -%*/
/*% if durable -%*/
func proved(proof *redis.Cmd, err error) error {
	if copies, _ := proof.Int64Slice(); err == nil && len(copies) == 2 && copies[fill((proof_index))] > 0 {
		return nil
	}
	if err == nil || is[redis.Error](err) && errors.Is(err, proof.Err()) {
		return fmt.Errorf("%w: written, but not proved to be on disk (%v)", ErrOutcomeUnknown, proof)
	}
	return err
}

/*% endif -%*/
// client sends a call up to so many times. Each may take so long, and all of them.
func (db *DB) client(tries int, each, all time.Duration) *redis.fill((class)) {
	/*%- if cluster %*/
	o := &redis.ClusterOptions{}
	o.Addrs = []string{net.JoinHostPort(fill((env))("REDIS_HOST", "fill((host))"), fill((env))("REDIS_PORT", "fill((port))"))}
	/*%- if unknown %*/
	if tries == 1 {
		o.MaxRedirects = -1 // it would also send again what may have been applied
	}
	/*%- endif %*/
	/*%- else %*/
	o := &redis.Options{}
	/*%- if kubernetes %*/
	host := fill((env))("REDIS_HOST", "fill((host))")
	if strings.Contains(host, ".") && net.ParseIP(host) == nil {
		host = strings.TrimSuffix(host, ".") + "." // a rooted name skips the cluster's search domains
	}
	o.Addr = net.JoinHostPort(host, fill((env))("REDIS_PORT", "fill((port))"))
	/*%- else %*/
	o.Addr = net.JoinHostPort(fill((env))("REDIS_HOST", "fill((host))"), fill((env))("REDIS_PORT", "fill((port))"))
	/*%- endif %*/
	/*%- endif %*/
	o.CredentialsProvider = func() (string, string) {
		return fill((env))("REDIS_USERNAME", "fill((user))"), fill((env))("REDIS_PASSWORD", "")
	}
	o.ClientName = "fill((slug))"
	/*%- if !handoffs %*/
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	/*%- else if !handoffs_on %*/
	o.MaintNotificationsConfig = &maintnotifications.Config{EndpointType: maintnotifications.EndpointTypeNone}
	/*%- endif %*/
	o.ContextTimeoutEnabled = true
	o.ReadTimeout = each
	o.MaxRetries = -1 // bounded tries again
	o.PoolSize = fill((pool_size))
	o.PoolTimeout = fill((pool_wait_ms)) * time.Millisecond
	o.PipelinePoolSize = -1
	o.Dialer = db.dial
	// One dial, in the background, at the gate's pace. Callers leave at their deadline.
	o.MaxConcurrentDials = 1
	/*%- if cluster %*/
	o.DialerRetries = 1
	c := redis.NewClusterClient(o)
	c.OnNewNode(func(node *redis.Client) { node.AddHook(hook{db, tries, all}) })
	/*%- else %*/
	o.DialerRetries = 1000
	o.DialerRetryBackoff = func(int) time.Duration { return 0 }
	c := redis.NewClient(o)
	/*%- endif %*/
	c.AddHook(hook{db, /*% if !cluster %*/c, /*% endif %*/tries, all})
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
	dialing, cancel := context.WithTimeout(ctx, fill((connect_timeout_ms))*time.Millisecond)
	defer cancel()
	c, err := db.connect(dialing, network, addr)
	if err != nil {
		return nil, db.failed(ctx, err, true)
	}
	return &conn{c.(*fill((library))), db, db.epoch.Load()/*% if serverless %*/, time.Now().UnixNano()/*% endif %*/}, nil
}

/*% if tls -%*/
// connect reads the files anew: they may have been replaced.
/*% endif -%*/
func (db *DB) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	tcp := &net.Dialer{}
	tcp.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: fill((keepalive_ms|s)) * time.Second, Interval: fill((keepalive_interval_ms|s)) * time.Second, Count: 3}
	/*%- if tls %*/
	pem, err := os.ReadFile(fill((env))("REDIS_CA_FILE", "redis_ca.pem"))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: fill((env))("REDIS_HOST", "fill((host))"), MinVersion: tls.VersionTLS12}
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	/*%- if mutual_tls %*/
	pair, err := tls.LoadX509KeyPair(fill((env))("REDIS_CERT_FILE", "redis_user.crt"), fill((env))("REDIS_KEY_FILE", "redis_user_private.key"))
	if err != nil {
		return nil, &fs.PathError{Op: "load", Path: "REDIS_CERT_FILE and REDIS_KEY_FILE", Err: err}
	}
	config.Certificates = []tls.Certificate{pair}
	/*%- endif %*/
	return (&tls.Dialer{NetDialer: tcp, Config: config}).DialContext(ctx, network, addr)
	/*%- else %*/
	return tcp.DialContext(ctx, network, addr)
	/*%- endif %*/
}

// conn knows when it has been given up.
type conn struct {
	*fill((library))
	db    *DB
	epoch int64
	/*%- if serverless %*/
	used  int64
	/*%- endif %*/
}

/*% if tls -%*/
// Close discards what is on its way, or the kernel delivers a write long after its call has failed.
// It omits TLS's farewell, which waits up to 5 s for a silent peer.
func (c *conn) Close() error {
	tcp := c.NetConn().(*net.TCPConn)
	_ = tcp.SetLinger(0)
	return tcp.Close()
}

// SetWriteDeadline precedes each command. The pool itself can't see that an idle TLS connection is dead.
/*% else -%*/
// Close discards what is on its way, or the kernel delivers a write long after its call has failed.
func (c *conn) Close() error {
	_ = c.SetLinger(0)
	return c.TCPConn.Close()
}

// SetWriteDeadline precedes each command.
/*% endif -%*/
func (c *conn) SetWriteDeadline(t time.Time) error {
	/*%- if serverless %*/
	// By the wall clock: the other one may stand still while the process is frozen.
	now := time.Now().UnixNano()
	thawed := now-c.used > int64(fill((health_check_ms))*time.Millisecond)
	c.used = now
	if thawed || c.epoch != c.db.epoch.Load() {
		return errGivenUp
	}
	/*%- else %*/
	if c.epoch != c.db.epoch.Load() {
		return errGivenUp
	}
	/*%- endif %*/
	return c.fill((embedded)).SetWriteDeadline(t)
}

// hook sees every call, batch and handshake.
type hook struct {
	*DB
	/*%- if !cluster %*/
	pool  *redis.Client
	/*%- endif %*/
	tries int
	all   time.Duration
}

func (h hook) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return bounded(h, next) }
func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return bounded(h, next)
}

// call is what is known of one to its handshakes/*% if cluster %*/ and parts/*% endif %*/.
type call struct {
	caller context.Context
	lost   atomic.Bool // a try was sent and not answered
}

// bounded sends a command, or a pipeline, in time.
func bounded[T any](h hook, send func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, cmd T) error {
		/*%- if cluster %*/
		single, _ := any(cmd).(redis.Cmder)
		/*%- endif %*/
		if c, ok := ctx.Value(h.DB).(*call); ok { // a handshake, on a connection that a call waits for
			err := send(ctx, cmd)
			/*%- if cluster %*/
			if single == nil || single.Name() != "hello" && single.Name() != "auth" { // one node's part of a call
				if !answered(err) && !unsent(ctx, err) && !is[redis.Error](err) {
					c.lost.Store(true) // go-redis may try it elsewhere
				}
				return err
			}
			/*%- endif %*/
			if answered(err) || errors.Is(err, errGivenUp) {
				return err
			}
			return h.failed(c.caller, err, true)
		}
		c := &call{caller: ctx}
		ctx, cancel := context.WithTimeout(context.WithValue(ctx, h.DB, c), h.all)
		defer cancel()
		for try := 1; ; try++ {
			/*%- if cluster %*/
			err := send(ctx, cmd)
			for err == errGivenUp { // wrapped, it is of a transaction, which has no other connection
				err = send(ctx, cmd)
			}
			/*%- else %*/
			err := errGivenUp
			for err == errGivenUp { // wrapped, it is of a transaction, which has no other connection
				if err = h.away(ctx); err == nil {
					err = send(ctx, cmd)
				}
			}
			/*%- endif %*/
			switch {
			/*%- if cluster && unknown %*/
			case single != nil && moved(err) && sleep(ctx, rand.N(fill((retry_base_ms))*time.Millisecond)):
				try-- // the slot table is being loaded, and nothing was applied
				continue
			/*%- endif %*/
			case answered(err):
				h.worked()
				return err
			case !unsent(ctx, err):
				_ = h.failed(c.caller, err, redis.IsAuthError(err)) // a subscription's handshake comes here
				if !is[redis.Error](err) {
					c.lost.Store(true)
				}
			}
			if try == h.tries || !sleep(ctx, rand.N(fill((retry_base_ms))*time.Millisecond)) {
				if c.lost.Load() { // by this try or one before
					return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
				}
				return err
			}
		}
	}
}

/*% if !cluster -%*/
// away tells why a call need not wait: nobody dials before its end, and no connection is idle.
func (h hook) away(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if end, _ := ctx.Deadline(); h.gate.Before(end) || h.pool.PoolStats().IdleConns > 0 {
		return nil
	}
	return cmp.Or(h.why, errNotConnected)
}

/*% endif -%*/
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
		fill((log)).Info("redis: connected")
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
	pause := rand.N(min(fill((reconnect_cap_ms))*time.Millisecond, fill((reconnect_base_ms))*time.Millisecond<<min(db.failures, 20)))
	if !lost && !dialing { // one connection, or the first of all
		db.gate = time.Now().Add(pause)
		return why
	}
	if check := suspect(err); check != "" && !stale(err) {
		pause = fill((refused_min_ms))*time.Millisecond + rand.N(fill((refused_span_ms))*time.Millisecond)
		fill((log)).Error("redis: refused", "check", check, "why", err)
	} else if db.failures == 0 {
		fill((log)).Warn("redis: lost, reconnecting", "why", err)
	}
	if silence > fill((refresh_after_ms))*time.Millisecond {
		db.answered = time.Now()
		fill((log)).Error("redis: refreshed, after a long silence; if its name has moved, flush the DNS cache of this machine/*% if kubernetes %*/ and of the cluster/*% endif %*/", "why", err)
	}
	db.failures++
	db.why, db.gate = why, time.Now().Add(pause)
	return why
}

// suspect names what to look at when Redis refused us.
func suspect(err error) string {
	/*%- if tls %*/
	alert := "" // other alerts are troubles of the server
	if sent, ok := errors.AsType[*net.OpError](err); ok && sent.Op == "remote error" {
		alert = sent.Err.Error()
	}
	/*%- endif %*/
	switch {
	case redis.IsAuthError(err):
		return "REDIS_USERNAME and REDIS_PASSWORD"
	/*%- if tls %*/
	case is[x509.HostnameError](err), strings.Contains(alert, "unrecognized name"):
		return "REDIS_HOST"
	/*%- if mutual_tls %*/
	case is[*tls.CertificateVerificationError](err):
		return "REDIS_CA_FILE"
	case is[*fs.PathError](err):
		return "REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE"
	case strings.Contains(alert, "certificate"):
		return "REDIS_CERT_FILE and REDIS_KEY_FILE"
	/*%- else %*/
	case is[*tls.CertificateVerificationError](err), is[*fs.PathError](err):
		return "REDIS_CA_FILE"
	case strings.Contains(alert, "certificate"):
		return "whether the database asks for a client certificate"
	/*%- endif %*/
	/*%- endif %*/
	}
	return ""
}

/*% if cluster && unknown -%*/
func moved(err error) bool {
	_, is := redis.IsMovedError(err)
	return is
}

/*% endif -%*/
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

/*% if active_active -%*/
// env prefers the region's own variable.
func (db *DB) env(name, otherwise string) string {
	return cmp.Or(os.Getenv(name+db.suffix), os.Getenv(name), otherwise)
}
/*%- else -%*/
func env(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }
/*%- endif %*/

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
