package main

import (
	"context"
	"sort"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func shareCases() []Case {
	return []Case{
		{Name: "share group: two members get each record once", Run: shareBetweenTwo},
		{Name: "share group: accepted, released, rejected and renewed records", Run: shareAcks},
		{Name: "share group: a member that leaves lets go of its records", Run: shareLeave},
	}
}

// shareGroup begins at the first record of its topics.
func shareGroup(c *Context) string {
	group := c.Unique("share")
	earliest := "earliest"
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = "share.auto.offset.reset", &earliest
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeGroupConfig, group
	resource.Configs = append(resource.Configs, config)
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = append(request.Resources, resource)
	answer := driver.Must(request.RequestWith(deadline(c), client(c)))
	driver.Check(kerr.ErrorForCode(answer.Resources[0].ErrorCode))
	return group
}

func sharer(c *Context, group, topic string, options ...kgo.Opt) *kgo.Client {
	return client(c, append([]kgo.Opt{kgo.ShareGroup(group), kgo.ConsumeTopics(topic)}, options...)...)
}

func shareBetweenTwo(c *Context) {
	name := topic(c, 4, nil)
	group := shareGroup(c)
	members := []*kgo.Client{sharer(c, group, name), sharer(c, group, name)}
	sent := numbered("shared", 200)
	driver.Check(client(c).ProduceSync(deadline(c), records(name, sent)...).FirstErr())
	var received []string
	driver.Eventually("all records", patience, func() bool {
		for _, one := range members {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			received = append(received, values(one.PollFetches(ctx).Records())...)
			cancel()
		}
		return len(received) >= len(sent)
	})
	for _, one := range members {
		driver.Check(one.FlushAcks(deadline(c)))
		driver.Equal("nothing is left", quiet(one, time.Second), true)
	}
	sort.Strings(received)
	sort.Strings(sent)
	driver.Equal("each record once", received, sent)
}

func shareAcks(c *Context) {
	name := topic(c, 1, nil)
	group := shareGroup(c)
	send(c, name, []string{"accept", "release", "reject", "renew"})
	cl := sharer(c, group, name)
	for _, one := range take(c, cl, 4) {
		driver.Equal("the first delivery", one.DeliveryCount(), int32(1))
		switch string(one.Value) {
		case "accept":
			one.Ack(kgo.AckAccept)
		case "release":
			one.Ack(kgo.AckRelease)
		case "reject":
			one.Ack(kgo.AckReject)
		default:
			one.Ack(kgo.AckRenew)
			driver.Check(cl.FlushAcks(deadline(c)))
			one.Ack(kgo.AckAccept)
		}
	}
	driver.Check(cl.FlushAcks(deadline(c)))
	again := take(c, cl, 1)
	driver.Equal("what comes again", values(again), []string{"release"})
	driver.Equal("the second delivery", again[0].DeliveryCount(), int32(2))
	again[0].Ack(kgo.AckAccept)
	driver.Check(cl.FlushAcks(deadline(c)))
	driver.Equal("nothing is left", quiet(cl, time.Second), true)
}

func shareLeave(c *Context) {
	name := topic(c, 1, nil)
	group := shareGroup(c)
	send(c, name, numbered("held", 10))
	first := sharer(c, group, name)
	for _, one := range take(c, first, 10) {
		one.Ack(kgo.AckRelease)
	}
	first.Close()
	again := take(c, sharer(c, group, name), 10)
	driver.Equal("all of them come again", values(again), numbered("held", 10))
	for _, one := range again {
		driver.Equal("the second delivery", one.DeliveryCount(), int32(2))
	}
}
