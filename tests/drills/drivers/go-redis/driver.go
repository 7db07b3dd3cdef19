// The drills' work, done by the project or by the library's quick-start: see ../README.md.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"app/redisconn"
)

var start = time.Now()

type line struct {
	T      float64 `json:"t"`
	Op     string  `json:"op"`
	Client string  `json:"client"`
	OK     bool    `json:"ok"`
	Ms     float64 `json:"ms"`
	Value  *int64  `json:"value"`
	Err    *string `json:"err"`
}

func say(op, client string, began time.Time, value *int64, err error) {
	l := line{T: began.Sub(start).Seconds(), Op: op, Client: client, OK: err == nil, Value: value}
	l.Ms = float64(time.Since(began).Microseconds()) / 1000
	if err != nil {
		text := err.Error()
		l.Err, l.Value = &text, nil
	}
	_ = json.NewEncoder(os.Stdout).Encode(l)
}

func quickStart() (*redis.Client, *redis.Client, error) {
	pem, err := os.ReadFile(os.Getenv("REDIS_CA_FILE"))
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := redis.NewClient(&redis.Options{
		Addr:      os.Getenv("REDIS_HOST") + ":" + os.Getenv("REDIS_PORT"),
		Username:  os.Getenv("REDIS_USERNAME"),
		Password:  os.Getenv("REDIS_PASSWORD"),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
	})
	return client, client, nil
}

func ours(ctx context.Context) (*redis.Client, *redis.Client, error) {
	db, err := redisconn.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	return db.Safe, db.Once, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var safe, once *redis.Client
	var err error
	if len(os.Args) > 1 {
		safe, once, err = quickStart()
	} else {
		safe, once, err = ours(ctx)
	}
	if err != nil {
		say("open", "safe", start, nil, err)
		os.Exit(1)
	}
	// Calls end by their own clocks, not by the signal.
	calls, key := context.Background(), os.Getenv("DRILL_KEY")
	for ctx.Err() == nil {
		began := time.Now()
		value, err := once.Incr(calls, key).Result()
		say("incr", "once", began, &value, err)
		began = time.Now()
		say("set", "safe", began, nil, safe.Set(calls, key+":set", "x", 0).Err())
		began = time.Now()
		say("get", "safe", began, nil, safe.Get(calls, key+":set").Err())
		time.Sleep(50 * time.Millisecond)
	}
}
