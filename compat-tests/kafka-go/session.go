package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
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

// transport asks for metadata more often than the default of six seconds, which is longer than most cases.
func transport(c *Context) *kafka.Transport {
	made := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	c.After(made.CloseIdleConnections)
	return made
}

func client(c *Context) *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(c.BootstrapServers), Timeout: patience, Transport: transport(c)}
}

// topic is a new one whose partitions all have a leader.
func topic(c *Context, partitions int, configs ...kafka.ConfigEntry) string {
	name, cl := c.Unique("topic"), client(c)
	config := kafka.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}
	made := driver.Must(cl.CreateTopics(deadline(c), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}}))
	driver.Check(made.Errors[name])
	driver.Eventually("the leaders of "+name, patience, func() bool {
		found := describe(c, cl, name)
		return found.Error == nil && len(found.Partitions) == partitions
	})
	return name
}

func describe(c *Context, cl *kafka.Client, name string) kafka.Topic {
	found := driver.Must(cl.Metadata(deadline(c), &kafka.MetadataRequest{Topics: []string{name}}))
	driver.Equal("topics in the answer", len(found.Topics), 1)
	return found.Topics[0]
}

// writer sends what it has at once and outlives a restart of the broker.
func writer(c *Context, topic string) *kafka.Writer {
	made := &kafka.Writer{
		Addr:            kafka.TCP(c.BootstrapServers),
		Topic:           topic,
		RequiredAcks:    kafka.RequireAll,
		BatchTimeout:    10 * time.Millisecond,
		MaxAttempts:     200,
		WriteBackoffMax: 200 * time.Millisecond,
		Transport:       transport(c),
	}
	c.After(func() { made.Close() })
	return made
}

// reader begins at the first offset of partition 0, or of its group.
func reader(c *Context, config kafka.ReaderConfig) *kafka.Reader {
	config.Brokers = []string{c.BootstrapServers}
	config.MaxWait = 200 * time.Millisecond
	config.ReadBackoffMax = 200 * time.Millisecond
	if config.GroupID != "" {
		config.StartOffset = kafka.FirstOffset
		config.HeartbeatInterval = 300 * time.Millisecond
		config.JoinGroupBackoff = 200 * time.Millisecond
	}
	made := kafka.NewReader(config)
	c.After(func() { made.Close() })
	return made
}

func numbered(prefix string, count int) []kafka.Message {
	messages := make([]kafka.Message, count)
	for i := range messages {
		messages[i].Value = fmt.Appendf(nil, "%s-%d", prefix, i)
	}
	return messages
}

func send(c *Context, topic string, messages []kafka.Message) {
	driver.Check(writer(c, topic).WriteMessages(deadline(c), messages...))
}

func take(c *Context, from *kafka.Reader, count int) []kafka.Message {
	ctx := deadline(c)
	received := make([]kafka.Message, count)
	for i := range received {
		one, err := from.ReadMessage(ctx)
		for errors.Is(err, kafka.NotCoordinatorForGroup) {
			// The topic of the offsets comes with the first group; the reader goes on when it is read from again.
			one, err = from.ReadMessage(ctx)
		}
		if err != nil {
			panic(fmt.Sprintf("%d of %d messages, then %v", i, count, err))
		}
		received[i] = one
	}
	return received
}

func read(c *Context, topic string, count int) []kafka.Message {
	return take(c, reader(c, kafka.ReaderConfig{Topic: topic}), count)
}

func values(messages []kafka.Message) []string {
	found := make([]string, len(messages))
	for i, one := range messages {
		found[i] = string(one.Value)
	}
	return found
}

// committed is the offset of partition 0 that the group has, -1 without one.
func committed(c *Context, group, topic string) int64 {
	request := &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {0}}}
	found := driver.Must(client(c).OffsetFetch(deadline(c), request))
	driver.Check(errors.Join(found.Error, found.Topics[topic][0].Error))
	return found.Topics[topic][0].CommittedOffset
}

// refused fails the case unless the error is that of the broker.
func refused(what string, err error, code kafka.Error) {
	if !errors.Is(err, code) {
		panic(fmt.Sprintf("%s: %v, not %v", what, err, code))
	}
}
