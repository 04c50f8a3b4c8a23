package main

import (
	"context"
	"fmt"
	"sort"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type (
	Context = driver.Context
	Case    = driver.Case
)

const patience = 40 * time.Second

// deadline is a context that a broker which never answers runs into.
func deadline(c *Context) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	c.After(cancel)
	return ctx
}

// client closes with its case.
func client(c *Context, options ...kgo.Opt) *kgo.Client {
	own := []kgo.Opt{
		kgo.SeedBrokers(c.BootstrapServers),
		kgo.FetchMaxWait(200 * time.Millisecond),
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.AlwaysRetryEOF(),
	}
	made := driver.Must(kgo.NewClient(append(own, options...)...))
	c.After(made.CloseAllowingRebalance)
	return made
}

func admin(c *Context) *kadm.Client { return kadm.NewClient(client(c)) }

// topic is a new one whose partitions all have a leader.
func topic(c *Context, partitions int32, configs map[string]string) string {
	name := c.Unique("topic")
	pointers := map[string]*string{}
	for key, value := range configs {
		pointers[key] = &value
	}
	adm := admin(c)
	driver.Check(driver.Must(adm.CreateTopic(deadline(c), partitions, 1, pointers, name)).Err)
	driver.Eventually("the leaders of "+name, patience, func() bool {
		found := driver.Must(adm.ListTopics(deadline(c), name))[name]
		led := 0
		for _, one := range found.Partitions {
			if one.Err == nil && one.Leader >= 0 {
				led++
			}
		}
		return led == int(partitions)
	})
	return name
}

func numbered(prefix string, count int) []string {
	values := make([]string, count)
	for i := range values {
		values[i] = fmt.Sprintf("%s-%d", prefix, i)
	}
	return values
}

func records(topic string, values []string) []*kgo.Record {
	made := make([]*kgo.Record, len(values))
	for i, value := range values {
		made[i] = &kgo.Record{Topic: topic, Value: []byte(value)}
	}
	return made
}

// send produces to partition 0 unless the options say otherwise.
func send(c *Context, topic string, values []string, options ...kgo.Opt) []*kgo.Record {
	made := records(topic, values)
	own := []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}
	driver.Check(client(c, append(own, options...)...).ProduceSync(deadline(c), made...).FirstErr())
	return made
}

// take polls until `count` records arrived.
func take(c *Context, cl *kgo.Client, count int) []*kgo.Record {
	var received []*kgo.Record
	ctx := deadline(c)
	for len(received) < count {
		fetches := cl.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			panic(fmt.Sprintf("%d of %d records, then %v", len(received), count, failed.Err))
		}
		received = append(received, fetches.Records()...)
	}
	return received
}

// quiet is true when nothing comes for a while.
func quiet(cl *kgo.Client, while time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), while)
	defer cancel()
	return len(cl.PollFetches(ctx).Records()) == 0
}

// from consumes partition 0 from the offset, without a group.
func from(c *Context, topic string, offset kgo.Offset, options ...kgo.Opt) *kgo.Client {
	where := map[string]map[int32]kgo.Offset{topic: {0: offset}}
	return client(c, append([]kgo.Opt{kgo.ConsumePartitions(where)}, options...)...)
}

func read(c *Context, topic string, count int, options ...kgo.Opt) []string {
	return values(take(c, from(c, topic, kgo.NewOffset().AtStart(), options...), count))
}

func values(received []*kgo.Record) []string {
	found := make([]string, len(received))
	for i, one := range received {
		found[i] = string(one.Value)
	}
	return found
}

func sorted(texts []string) []string {
	ordered := append([]string{}, texts...)
	sort.Strings(ordered)
	return ordered
}

// ask sends a request to a broker as it is; nothing is routed, retried or made well.
func ask[R kmsg.Response](c *Context, to *kgo.Broker, request kmsg.Request) R {
	return driver.Must(to.Request(deadline(c), request)).(R)
}

// anyBroker is for what each of them answers.
func anyBroker(c *Context) *kgo.Broker {
	cl := client(c)
	driver.Must(kadm.NewClient(cl).BrokerMetadata(deadline(c)))
	return cl.DiscoveredBrokers()[0]
}

// leading is the broker that leads the first partition of a topic.
func leading(c *Context, name string) *kgo.Broker {
	cl := client(c)
	found := driver.Must(kadm.NewClient(cl).ListTopics(deadline(c), name))
	return cl.Broker(int(found[name].Partitions[0].Leader))
}

// coordinating is the broker that coordinates a group.
func coordinating(c *Context, group string) *kgo.Broker {
	cl := client(c)
	return coordinator(cl, func() kadm.FindCoordinatorResponse {
		return kadm.NewClient(cl).FindGroupCoordinators(deadline(c), group)[group]
	})
}

// coordinatingID is the broker that coordinates a transactional id.
func coordinatingID(c *Context, id string) *kgo.Broker {
	cl := client(c)
	return coordinator(cl, func() kadm.FindCoordinatorResponse {
		return kadm.NewClient(cl).FindTxnCoordinators(deadline(c), id)[id]
	})
}

func coordinator(cl *kgo.Client, find func() kadm.FindCoordinatorResponse) *kgo.Broker {
	var found kadm.FindCoordinatorResponse
	driver.Eventually("a coordinator", patience, func() bool {
		found = find()
		return found.Err == nil && found.NodeID >= 0
	})
	return cl.Broker(int(found.NodeID))
}
