// fill((stamp))

package redisconn

import (
	"context"
	"errors"
	/*%- if automatic %*/
	"strconv"
	/*%- endif %*/
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

// watch leaves a region after three failed probes, and returns when a mark written here was read there for 30 s.
func (r *Regions) watch(ctx context.Context) {
	misses, seen, mark := 0, 0, ""
	for sleep(ctx, time.Second) {
		here := int(r.active.Load())
		misses++
		if r.probe(ctx, here) {
			misses = 0
		}
		for to := 0; to < len(r.all) && misses >= 3; to++ {
			if to != here && r.probe(ctx, to) {
				r.move(to)
				misses, seen, mark = 0, 0, strconv.FormatInt(time.Now().UnixNano(), 36)
			}
		}
		if mark == "" || misses > 0 || here != int(r.active.Load()) {
			continue
		}
		seen++
		if !r.copied(ctx, mark, here) {
			seen = 0
		}
		if here > 0 && seen >= 30 {
			r.move(0)
			mark = ""
		}
	}
}

// copied tells that the first region has what was written in the active one.
func (r *Regions) copied(ctx context.Context, mark string, active int) bool {
	const key = "fill((slug)):failback"
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return r.all[active].Safe.Set(ctx, key, mark, time.Hour).Err() == nil && r.all[0].Safe.Get(ctx, key).Val() == mark
}

func (r *Regions) probe(ctx context.Context, region int) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return r.all[region].Health(ctx) == nil
}
/*% endif -%*/
