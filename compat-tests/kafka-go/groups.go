package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
)

func groupCases() []Case {
	cases := []Case{
		{Name: "group: commits are manual, and a second member goes on from them", Run: manualCommit},
		{Name: "group: commits at an interval", Run: intervalCommit},
		{Name: "group: a subscription of two topics", Run: twoTopics},
		{Name: "group: errors", Run: groupErrors},
	}
	for _, balancer := range []kafka.GroupBalancer{kafka.RangeGroupBalancer{}, kafka.RoundRobinGroupBalancer{}} {
		cases = append(cases, Case{
			Name:      "group: two members share and leave, " + balancer.ProtocolName(),
			TimeoutMs: 90_000,
			Run:       func(c *Context) { twoMembers(c, balancer) },
		})
	}
	return cases
}

func manualCommit(c *Context) {
	name, group := topic(c, 1), c.Unique("group")
	send(c, name, numbered("m", 10))
	first := reader(c, kafka.ReaderConfig{GroupID: group, Topic: name})
	for i := range 6 {
		one := driver.Must(first.FetchMessage(deadline(c)))
		if i == 3 {
			driver.Check(first.CommitMessages(deadline(c), one))
		}
	}
	driver.Equal("what is committed", committed(c, group, name), int64(4))
	driver.Check(first.Close())
	second := reader(c, kafka.ReaderConfig{GroupID: group, Topic: name})
	driver.Equal("it goes on", values(take(c, second, 6)), values(numbered("m", 10))[4:])
}

func intervalCommit(c *Context) {
	name, group := topic(c, 1), c.Unique("group")
	send(c, name, numbered("i", 10))
	take(c, reader(c, kafka.ReaderConfig{GroupID: group, Topic: name, CommitInterval: 100 * time.Millisecond}), 10)
	driver.Eventually("the commit", patience, func() bool { return committed(c, group, name) == 10 })
}

func twoTopics(c *Context) {
	topics := []string{topic(c, 1), topic(c, 2)}
	for _, name := range topics {
		send(c, name, numbered(name, 20))
	}
	counts := map[string]int{}
	for _, one := range take(c, reader(c, kafka.ReaderConfig{GroupID: c.Unique("group"), GroupTopics: topics}), 40) {
		counts[one.Topic]++
	}
	driver.Equal("messages of both", counts, map[string]int{topics[0]: 20, topics[1]: 20})
}

// member reads until it leaves, and remembers what.
type member struct {
	lock     sync.Mutex
	received map[string]bool
	leave    func()
}

func join(c *Context, group, name string, balancer kafka.GroupBalancer) *member {
	from := reader(c, kafka.ReaderConfig{GroupID: group, Topic: name, GroupBalancers: []kafka.GroupBalancer{balancer}})
	ctx, cancel := context.WithCancel(context.Background())
	m, done := &member{received: map[string]bool{}}, make(chan struct{})
	go func() {
		defer close(done)
		for {
			one, err := from.ReadMessage(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				// The reader says once that it lost its coordinator, and goes on when it is read from again.
				time.Sleep(100 * time.Millisecond)
				continue
			}
			m.lock.Lock()
			m.received[string(one.Value)] = true
			m.lock.Unlock()
		}
	}()
	m.leave = func() {
		cancel()
		<-done
		from.Close()
	}
	c.After(m.leave)
	return m
}

func (m *member) read() map[string]bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	copied := make(map[string]bool, len(m.received))
	for one := range m.received {
		copied[one] = true
	}
	return copied
}

// shares are the numbers of partitions of each member of a group that is stable, nil for another.
func shares(c *Context, cl *kafka.Client, group string) []int {
	answer := driver.Must(cl.DescribeGroups(deadline(c), &kafka.DescribeGroupsRequest{GroupIDs: []string{group}}))
	driver.Check(answer.Groups[0].Error)
	if answer.Groups[0].GroupState != "Stable" {
		return nil
	}
	var found []int
	for _, one := range answer.Groups[0].Members {
		count := 0
		for _, assigned := range one.MemberAssignments.Topics {
			count += len(assigned.Partitions)
		}
		found = append(found, count)
	}
	return found
}

func twoMembers(c *Context, balancer kafka.GroupBalancer) {
	name, group, cl := topic(c, 4), c.Unique("group"), client(c)
	first, second := join(c, group, name, balancer), join(c, group, name, balancer)
	driver.Eventually("two shares", patience, func() bool { return fmt.Sprint(shares(c, cl, group)) == "[2 2]" })
	send(c, name, numbered("g", 100))
	driver.Eventually("all messages", patience, func() bool {
		a, b := first.read(), second.read()
		for one := range b {
			a[one] = true
		}
		return len(a) == 100 && len(b) > 0
	})
	second.leave()
	driver.Eventually("one share", patience, func() bool { return fmt.Sprint(shares(c, cl, group)) == "[4]" })
	send(c, name, numbered("alone", 40))
	driver.Eventually("the rest", patience, func() bool { return first.read()["alone-39"] && first.read()["alone-0"] })
}

func groupErrors(c *Context) {
	name, group, cl := topic(c, 1), c.Unique("group"), client(c)
	send(c, name, numbered("e", 3))
	take(c, reader(c, kafka.ReaderConfig{GroupID: group, Topic: name}), 1)
	commit := driver.Must(cl.OffsetCommit(deadline(c), &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: 1, MemberID: "nobody", Topics: map[string][]kafka.OffsetCommit{name: {{Offset: 1}}},
	}))
	refused("a commit of nobody", commit.Topics[name][0].Error, kafka.UnknownMemberId)
	deleted := driver.Must(cl.DeleteGroups(deadline(c), &kafka.DeleteGroupsRequest{GroupIDs: []string{group}}))
	refused("its deletion with a member", deleted.Errors[group], kafka.NonEmptyGroup)
	missing := c.Unique("missing")
	deleted = driver.Must(cl.DeleteGroups(deadline(c), &kafka.DeleteGroupsRequest{GroupIDs: []string{missing}}))
	refused("the deletion of none", deleted.Errors[missing], kafka.GroupIdNotFound)
}
