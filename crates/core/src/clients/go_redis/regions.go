// fill((stamp))

package redisconn

import (
	"context"
	/*%- if automatic %*/
	"crypto/rand"
	/*%- endif %*/
	"errors"
	"sync/atomic"
	/*%- if automatic %*/
	"time"
	/*%- endif %*/
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
	/*%- if automatic %*/
	watched, stop := context.WithCancel(context.Background())
	r.stop = stop
	/*%- else %*/
	r.stop = func() {}
	/*%- endif %*/
	for _, suffix := range []string{fill((suffixes))} {
		db, err := open(ctx, suffix)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.all = append(r.all, db)
	}
	/*%- if automatic %*/
	go r.watch(watched)
	/*%- endif %*/
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
/*%- if automatic %*/

// watch leaves a region after fill((probes)) failed probes, and returns when what was written here has arrived there.
func (r *Regions) watch(ctx context.Context) {
	misses, fled, mark := 0, 0, ""
	for sleep(ctx, fill((probe_interval_ms))*time.Millisecond) {
		here := int(r.active.Load())
		if here != fled {
			fled = 0 // by hand it came here, by hand it goes
		}
		misses++
		if r.probe(ctx, here) {
			misses = 0
		}
		for to := 0; to < len(r.all) && misses >= fill((probes)); to++ {
			if to != here && r.probe(ctx, to) {
				r.move(to)
				misses, fled = 0, to
			}
		}
		switch {
		case misses > 0 || fled == 0 || fled != int(r.active.Load()) || !r.probe(ctx, 0):
			mark = ""
		case mark == "":
			// Of this process alone: the next one may work in another region.
			key := "fill((slug)):marker:" + rand.Text()
			if r.Active().Safe.Set(ctx, key, "", time.Hour).Err() == nil {
				mark = key
			}
		case r.all[0].Safe.Exists(ctx, mark).Val() > 0 && fled == int(r.active.Load()):
			r.move(0)
			fled, mark = 0, ""
		}
	}
}

func (r *Regions) probe(ctx context.Context, region int) bool {
	ctx, cancel := context.WithTimeout(ctx, fill((probe_timeout_ms))*time.Millisecond)
	defer cancel()
	return r.all[region].probes.Ping(ctx).Err() == nil
}
/*% endif -%*/
