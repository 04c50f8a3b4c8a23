package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kgo"
)

func groupCases() []Case {
	cases := []Case{
		{Name: "group: commits by hand, by record and by mark", Smoke: true, Run: commits},
		{Name: "group: automatic commits when it closes", Smoke: true, Run: autoCommit},
		{Name: "group: commits of everything that was polled", Run: greedyCommit},
		{Name: "group: a static member comes back without a rebalance", TimeoutMs: 90_000, Run: staticMember},
		{Name: "group: offsets of a commit before any", Run: resetOffsets},
		{Name: "group: heartbeats keep an idle member", Run: idleMember},
		{Name: "group: a pattern", Run: groupPattern},
		{Name: "group: the next generation protocol", Run: nextGeneration},
	}
	balancers := map[string]kgo.GroupBalancer{
		"range": kgo.RangeBalancer(), "roundrobin": kgo.RoundRobinBalancer(),
		"sticky": kgo.StickyBalancer(), "cooperative-sticky": kgo.CooperativeStickyBalancer(),
	}
	for _, name := range []string{"range", "roundrobin", "sticky", "cooperative-sticky"} {
		cases = append(cases, Case{
			Name: "group: three members join, work and leave, " + name, Smoke: name == "cooperative-sticky", TimeoutMs: 90_000,
			Run: func(c *Context) { balance(c, balancers[name]) },
		})
	}
	return cases
}

// member polls by itself until its case ends or it leaves.
type member struct {
	*kgo.Client
	lock     sync.Mutex
	assigned map[int32]bool
	told     []string
	received []string
	done     chan struct{}
	stop     context.CancelFunc
}

func join(c *Context, group, topic string, options ...kgo.Opt) *member {
	m := &member{assigned: map[int32]bool{}, done: make(chan struct{})}
	own := []kgo.Opt{
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.HeartbeatInterval(200 * time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
			m.hear("assigned", parts[topic], true)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
			m.hear("revoked", parts[topic], false)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) { m.hear("lost", parts[topic], false) }),
	}
	m.Client = client(c, append(own, options...)...)
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	c.After(m.leave)
	go m.work(ctx)
	return m
}

func (m *member) work(ctx context.Context) {
	defer close(m.done)
	for ctx.Err() == nil {
		fetches := m.PollFetches(ctx)
		m.lock.Lock()
		m.received = append(m.received, values(fetches.Records())...)
		m.lock.Unlock()
	}
}

func (m *member) hear(what string, partitions []int32, has bool) {
	m.lock.Lock()
	defer m.lock.Unlock()
	for _, one := range partitions {
		if has {
			m.assigned[one] = true
		} else {
			delete(m.assigned, one)
		}
	}
	if len(partitions) > 0 {
		m.told = append(m.told, what)
	}
}

func (m *member) leave() {
	m.stop()
	<-m.done
	m.Close()
}

func (m *member) share() map[int32]bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	copied := map[int32]bool{}
	for one := range m.assigned {
		copied[one] = true
	}
	return copied
}

func (m *member) read() []string {
	m.lock.Lock()
	defer m.lock.Unlock()
	return append([]string{}, m.received...)
}

// settled waits until the members share all partitions, each of them once.
func settled(partitions int, members ...*member) {
	driver.Eventually("the partitions are shared by all", 40*time.Second, func() bool {
		total, all := 0, map[int32]bool{}
		for _, one := range members {
			share := one.share()
			if len(share) == 0 {
				return false
			}
			total += len(share)
			for partition := range share {
				all[partition] = true
			}
		}
		return total == partitions && len(all) == partitions
	})
}

func balance(c *Context, balancer kgo.GroupBalancer) {
	target, group := topic(c, 6, nil), c.Unique("group")
	var members []*member
	for range 3 {
		members = append(members, join(c, group, target, kgo.Balancers(balancer)))
		settled(6, members...)
	}
	var sent []*kgo.Record
	for i := range 120 {
		sent = append(sent, &kgo.Record{Topic: target, Partition: int32(i % 6), Value: fmt.Appendf(nil, "v-%d", i)})
	}
	driver.Check(client(c, kgo.RecordPartitioner(kgo.ManualPartitioner())).ProduceSync(deadline(c), sent...).FirstErr())
	received := func() (all []string) {
		for _, one := range members {
			all = append(all, one.read()...)
		}
		return all
	}
	driver.Eventually("all records", patience, func() bool { return len(received()) >= 120 })
	driver.Equal("each record once", sorted(received()), sorted(numbered("v", 120)))
	members[2].leave()
	settled(6, members[:2]...)
	members[1].leave()
	settled(6, members[0])
}

func commits(c *Context) {
	target, group := topic(c, 1, nil), c.Unique("group")
	send(c, target, numbered("c", 30))
	adm := admin(c)
	committed := func() int64 {
		found, _ := driver.Must(adm.FetchOffsets(deadline(c), group)).Lookup(target, 0)
		return found.At
	}
	options := []kgo.Opt{kgo.ConsumerGroup(group), kgo.ConsumeTopics(target), kgo.AutoCommitMarks(), kgo.AutoCommitInterval(time.Hour)}
	first := client(c, options...)
	received := take(c, first, 30)
	driver.Check(first.CommitRecords(deadline(c), received[9]))
	driver.Equal("by record", committed(), int64(10))
	first.MarkCommitRecords(received[19])
	driver.Check(first.CommitMarkedOffsets(deadline(c)))
	driver.Equal("by mark", committed(), int64(20))
	first.Close()
	second := client(c, options...)
	driver.Equal("what follows", values(take(c, second, 10)), numbered("c", 30)[20:])
	driver.Check(second.CommitUncommittedOffsets(deadline(c)))
	driver.Equal("by hand", committed(), int64(30))
}

func autoCommit(c *Context) {
	target, group := topic(c, 1, nil), c.Unique("group")
	send(c, target, numbered("a", 10))
	first := client(c, kgo.ConsumerGroup(group), kgo.ConsumeTopics(target), kgo.AutoCommitMarks())
	received := take(c, first, 10)
	first.MarkCommitRecords(received[6])
	first.Close()
	second := client(c, kgo.ConsumerGroup(group), kgo.ConsumeTopics(target))
	driver.Equal("what was not marked", values(take(c, second, 3)), numbered("a", 10)[7:])
}

func greedyCommit(c *Context) {
	target, group := topic(c, 1, nil), c.Unique("group")
	send(c, target, numbered("g", 10))
	greedy := []kgo.Opt{kgo.ConsumerGroup(group), kgo.ConsumeTopics(target), kgo.GreedyAutoCommit(), kgo.AutoCommitInterval(100 * time.Millisecond)}
	take(c, client(c, greedy...), 10)
	adm := admin(c)
	driver.Eventually("the commit", patience, func() bool {
		found, ok := driver.Must(adm.FetchOffsets(deadline(c), group)).Lookup(target, 0)
		return ok && found.At == 10
	})
}

func staticMember(c *Context) {
	target, group := topic(c, 4, nil), c.Unique("group")
	options := func(id string) []kgo.Opt {
		return []kgo.Opt{kgo.InstanceID(id), kgo.SessionTimeout(20 * time.Second), kgo.Balancers(kgo.RangeBalancer())}
	}
	first := join(c, group, target, options("one")...)
	second := join(c, group, target, options("two")...)
	settled(4, first, second)
	had, told := second.share(), len(first.told)
	second.leave()
	again := join(c, group, target, options("two")...)
	driver.Eventually("its old share", patience, func() bool { return len(again.share()) == len(had) })
	driver.Equal("the same share", again.share(), had)
	driver.Equal("the other was not told", len(first.told), told)
	// franz-go leaves a static member in its group; the broker lets an admin take it out.
	again.leave()
	left := driver.Must(admin(c).LeaveGroup(deadline(c), leaving(group, "two")))
	driver.Check(left.Error())
	settled(4, first)
}

func resetOffsets(c *Context) {
	target := topic(c, 1, nil)
	send(c, target, numbered("r", 5))
	fromEnd := join(c, c.Unique("group"), target, kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
	settled(1, fromEnd)
	driver.Eventually("only what comes after it has joined", patience, func() bool {
		send(c, target, []string{"late"})
		return len(fromEnd.read()) > 0
	})
	driver.Equal("the first it read", fromEnd.read()[0], "late")
}

func idleMember(c *Context) {
	target := topic(c, 1, nil)
	idle := join(c, c.Unique("group"), target, kgo.SessionTimeout(6*time.Second))
	settled(1, idle)
	time.Sleep(8 * time.Second)
	driver.Equal("what it was told", idle.told, []string{"assigned"})
}

func groupPattern(c *Context) {
	prefix, group := c.Unique("pattern"), c.Unique("group")
	cl := client(c, kgo.ConsumerGroup(group), kgo.ConsumeRegex(), kgo.ConsumeTopics("^"+prefix+".*"), kgo.MetadataMaxAge(300*time.Millisecond))
	for _, word := range []string{"a", "b"} {
		send(c, prefix+word, []string{word}, kgo.AllowAutoTopicCreation())
		driver.Equal("the topic "+word, values(take(c, cl, 1)), []string{word})
	}
}

func nextGeneration(c *Context) {
	target, group := topic(c, 4, nil), c.Unique("group")
	send(c, target, numbered("n", 10))
	opted := context.WithValue(context.Background(), "opt_in_kafka_next_gen_balancer_beta", true) //nolint:staticcheck // franz-go's own key
	cl := client(c, kgo.WithContext(opted), kgo.ConsumerGroup(group), kgo.ConsumeTopics(target), kgo.Balancers(kgo.CooperativeStickyBalancer()))
	driver.Equal("the records", sorted(values(take(c, cl, 10))), sorted(numbered("n", 10)))
	found := driver.Must(admin(c).DescribeConsumerGroups(deadline(c), group))
	driver.Equal("members", len(found[group].Members), 1)
}
