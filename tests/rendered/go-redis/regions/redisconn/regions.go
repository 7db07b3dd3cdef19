// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=go-redis

package redisconn

import (
	"context"
	"errors"
	"sync/atomic"
)

// Regions holds a DB for each region, the preferred one first.
type Regions struct {
	all    []*DB
	active atomic.Int32
	stop   context.CancelFunc
}

// Open fails when a region refuses us. One that is only away is connected to later.
func Open(ctx context.Context) (*Regions, error) {
	r := &Regions{}
	r.stop = func() {}
	for _, suffix := range []string{"", "_2"} {
		db, err := open(ctx, suffix)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.all = append(r.all, db)
	}
	return r, nil
}

// Active is the region to work in now. Ask again for each piece of work.
func (r *Regions) Active() *DB { return r.all[r.active.Load()] }

// Next moves to the next region. What was sent to the old one is not sent again.
func (r *Regions) Next() { r.move((int(r.active.Load()) + 1) % len(r.all)) }

func (r *Regions) move(to int) {
	r.active.Store(int32(to))
	r.Active().log.Warn("redis: region changed")
}

// Health is nil when the active region answers.
func (r *Regions) Health(ctx context.Context) error { return r.Active().Health(ctx) }

// Close ends all connections.
func (r *Regions) Close() error {
	r.stop()
	var err error
	for _, db := range r.all {
		err = errors.Join(err, db.Close())
	}
	return err
}
