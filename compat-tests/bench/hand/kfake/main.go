// kfake in the place of samsa: the same life of a broker in a test's hand, measured in the same way. One line of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	lives    = 20
	clusters = 200
	sends    = 300
	batch    = 20
	rounds   = 9
	rules    = 100
	produce  = 0
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func cluster() *kfake.Cluster {
	return must(kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "orders")))
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func ms(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

func residentMB() float64 {
	fields := strings.Fields(string(must(os.ReadFile("/proc/self/statm"))))
	return float64(must(strconv.Atoi(fields[1]))*os.Getpagesize()) / 1e6
}

func cpu() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	var starts, stops []float64
	for range lives {
		before := time.Now()
		one := cluster()
		starts = append(starts, ms(before))
		before = time.Now()
		one.Close()
		stops = append(stops, ms(before))
	}
	before := residentMB()
	many := make([]*kfake.Cluster, clusters)
	for i := range many {
		many[i] = cluster()
	}
	each := (residentMB() - before) / clusters
	for _, one := range many {
		one.Close()
	}
	result := map[string]float64{
		"startMs": median(starts), "stopMs": median(stops), "memoryMB": each, "rulesPercent": costOfRules(),
	}
	fmt.Println(string(must(json.Marshal(result))))
}

// costOfRules is what 100 functions that handle nothing add to the CPU of a producer and its broker, in turns.
func costOfRules() float64 {
	run := func(control int) float64 {
		one := cluster()
		defer one.Close()
		for range control {
			one.ControlKey(produce, func(kmsg.Request) (kmsg.Response, error, bool) { return nil, nil, false })
		}
		client := must(kgo.NewClient(kgo.SeedBrokers(one.ListenAddrs()...), kgo.DefaultProduceTopic("orders")))
		defer client.Close()
		records := make([]*kgo.Record, batch)
		for i := range records {
			records[i] = &kgo.Record{Value: []byte(strings.Repeat("x", 1000))}
		}
		send := func() {
			if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
				panic(err)
			}
		}
		send()
		before := cpu()
		for range sends {
			send()
		}
		return cpu() - before
	}
	run(0)
	var ratios []float64
	for range rounds {
		without := run(0)
		ratios = append(ratios, (run(rules)/without-1)*100)
	}
	return median(ratios)
}
