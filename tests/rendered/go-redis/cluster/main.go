// Holdfast 0.1.0 #v=1&plan=pro&client=go-redis&cluster-api=yes

// Command app works once with each client, then answers GET /health until SIGTERM or SIGINT.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"app/redisconn"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	db, err := redisconn.Open(ctx)
	if err != nil {
		return err
	}
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		work(ctx, db)
	}()
	select { // when Redis is away, health is served all the same
	case <-worked:
	case <-time.After(5 * time.Second):
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("HEALTH_PORT"), "8080")))
	if err != nil {
		return err
	}
	http.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		status, code := "ok", http.StatusOK
		if db.Health(r.Context()) != nil {
			status, code = "down", http.StatusServiceUnavailable
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"status":"%s"}`, status)
	})
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	fmt.Printf("health: http://%s/health\n", listener.Addr())
	<-ctx.Done()
	_ = server.Close()
	<-worked
	err = db.Close()
	fmt.Println("closed")
	return err
}

func work(ctx context.Context, db *redisconn.DB) {
	step(ctx, "safe", func() error { return db.Safe.Set(ctx, "holdfast:demo", "ok", time.Minute).Err() })
	step(ctx, "once", func() error { return db.Once.Incr(ctx, "holdfast:counter").Err() })
}

func step(ctx context.Context, name string, do func() error) {
	for ctx.Err() == nil {
		err := do()
		if err == nil {
			fmt.Println(name + ": ok")
			return
		}
		slog.Warn(name, "err", err)
		if name != "safe" && errors.Is(err, redisconn.ErrOutcomeUnknown) {
			return // it may have been applied: somebody has to look before it is repeated
		}
		time.Sleep(time.Second)
	}
}
