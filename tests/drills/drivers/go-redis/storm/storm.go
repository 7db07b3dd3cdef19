// A hundred clients in one process, each with one write in half a second: see ../../README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

const clients = 100

var saying sync.Mutex

func work(ctx context.Context, client *redis.Client, number int) {
	name := strconv.Itoa(number)
	time.Sleep(time.Duration(number) * 5 * time.Millisecond)
	for ctx.Err() == nil {
		began := time.Now()
		err := client.Set(context.Background(), os.Getenv("DRILL_KEY")+":"+name, "x", 0).Err()
		saying.Lock()
		say("set", name, began, nil, err)
		saying.Unlock()
		time.Sleep(500 * time.Millisecond)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	for number := range clients {
		safe, err := (*redis.Client)(nil), error(nil)
		if len(os.Args) > 1 {
			safe, _, err = quickStart()
		} else {
			safe, _, err = ours(ctx)
		}
		if err != nil {
			say("open", strconv.Itoa(number), start, nil, err)
			os.Exit(1)
		}
		go work(ctx, safe, number)
	}
	<-ctx.Done()
}
