// IBM's sarama as a driver of cases.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/IBM/sarama"
)

type Context = driver.Context

func main() {
	cases := []driver.Case{
		{Name: "produce: headers, keys, nulls and timestamps", Run: contents},
		{Name: "produce: idempotent, in order", Run: idempotent},
		{Name: "produce: transactions, with offsets", Run: transactions},
		{Name: "produce: a message too large", Run: tooLarge},
		{Name: "consume: by offset, time and range", Run: positions},
		{Name: "consume: pause and resume", Run: pause},
		{Name: "group: two members share, commit and leave", TimeoutMs: 90_000, Run: group},
		{Name: "admin: topics, partitions and configs", Run: topics},
		{Name: "admin: records, groups and offsets", Run: groups},
		{Name: "restart: SIGKILL while producing", TimeoutMs: 120_000, Run: restart},
	}
	codecs := []sarama.CompressionCodec{
		sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD,
	}
	for _, codec := range codecs {
		cases = append(cases, driver.Case{Name: "produce: compression " + codec.String(), Run: func(c *Context) {
			cfg := config()
			cfg.Producer.Compression = codec
			roundTrip(c, cfg)
		}})
	}
	for name, acks := range map[string]sarama.RequiredAcks{"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll} {
		cases = append(cases, driver.Case{Name: "produce: acks " + name, Run: func(c *Context) {
			cfg := config()
			cfg.Producer.RequiredAcks = acks
			roundTrip(c, cfg)
		}})
	}
	sort.Slice(cases, func(i, j int) bool { return cases[i].Name < cases[j].Name })
	driver.Main("github.com/IBM/sarama", cases)
}

func config() *sarama.Config {
	cfg := sarama.NewConfig()
	cfg.Version = sarama.MaxVersion
	cfg.Producer.Return.Successes = true
	cfg.Consumer.Return.Errors = true
	cfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	cfg.Consumer.MaxWaitTime = 200 * time.Millisecond
	cfg.Metadata.Retry.Max = 200
	cfg.Producer.Retry.Max = 60
	return cfg
}

func admin(c *Context) sarama.ClusterAdmin {
	adm := driver.Must(sarama.NewClusterAdmin([]string{c.BootstrapServers}, config()))
	c.After(func() { adm.Close() })
	return adm
}

func topic(c *Context, partitions int32, configs map[string]string) string {
	name := c.Unique("topic")
	entries := map[string]*string{}
	for key, value := range configs {
		entries[key] = &value
	}
	adm := admin(c)
	driver.Check(adm.CreateTopic(name, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: entries}, false))
	driver.Eventually("the leaders of "+name, 30*time.Second, func() bool {
		found, err := adm.DescribeTopics([]string{name})
		led := 0
		for _, one := range found[0].Partitions {
			if one.Err == sarama.ErrNoError {
				led++
			}
		}
		return err == nil && led == int(partitions)
	})
	return name
}

func producer(c *Context, cfg *sarama.Config) sarama.SyncProducer {
	made := driver.Must(sarama.NewSyncProducer([]string{c.BootstrapServers}, cfg))
	c.After(func() { made.Close() })
	return made
}

func numbered(topic, prefix string, count int) []*sarama.ProducerMessage {
	messages := make([]*sarama.ProducerMessage, count)
	for i := range messages {
		messages[i] = &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprintf("%s-%d", prefix, i))}
	}
	return messages
}

func texts(messages []*sarama.ProducerMessage) []string {
	found := make([]string, len(messages))
	for i, one := range messages {
		found[i] = string(one.Value.(sarama.StringEncoder))
	}
	return found
}

func take(c *Context, topic string, offset int64, count int, cfg *sarama.Config) []*sarama.ConsumerMessage {
	consumer := driver.Must(sarama.NewConsumer([]string{c.BootstrapServers}, cfg))
	c.After(func() { consumer.Close() })
	partition := driver.Must(consumer.ConsumePartition(topic, 0, offset))
	c.After(func() { partition.Close() })
	return await(partition.Messages(), count)
}

func await(from <-chan *sarama.ConsumerMessage, count int) []*sarama.ConsumerMessage {
	var received []*sarama.ConsumerMessage
	limit := time.After(30 * time.Second)
	for len(received) < count {
		select {
		case one := <-from:
			received = append(received, one)
		case <-limit:
			panic(fmt.Sprintf("%d of %d messages", len(received), count))
		}
	}
	return received
}

func values(messages []*sarama.ConsumerMessage) []string {
	found := make([]string, len(messages))
	for i, one := range messages {
		found[i] = string(one.Value)
	}
	return found
}

func roundTrip(c *Context, cfg *sarama.Config) {
	name := topic(c, 1, nil)
	sent := numbered(name, "text that repeats itself", 300)
	driver.Check(producer(c, cfg).SendMessages(sent))
	driver.Equal("what was read", values(take(c, name, sarama.OffsetOldest, 300, config())), texts(sent))
}

func contents(c *Context) {
	name := topic(c, 1, nil)
	headers := []sarama.RecordHeader{{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("a"), Value: []byte("2")}}
	stamp := time.UnixMilli(1_500_000_000_123)
	sent := []*sarama.ProducerMessage{
		{Topic: name, Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder("v"), Headers: headers, Timestamp: stamp},
		{Topic: name, Key: sarama.StringEncoder("k")},
	}
	driver.Check(producer(c, config()).SendMessages(sent))
	received := take(c, name, sarama.OffsetOldest, 2, config())
	driver.Equal("key and value", []string{string(received[0].Key), string(received[0].Value)}, []string{"k", "v"})
	driver.Equal("headers", []sarama.RecordHeader{*received[0].Headers[0], *received[0].Headers[1]}, headers)
	driver.Equal("time", received[0].Timestamp.UnixMilli(), stamp.UnixMilli())
	driver.Equal("no value", received[1].Value == nil, true)
}

func exactly() *sarama.Config {
	cfg := config()
	cfg.Producer.Idempotent = true
	cfg.Producer.RequiredAcks = sarama.WaitForAll
	cfg.Net.MaxOpenRequests = 1
	return cfg
}

func idempotent(c *Context) {
	name := topic(c, 1, nil)
	sent := numbered(name, "once", 2_000)
	driver.Check(producer(c, exactly()).SendMessages(sent))
	for i, one := range sent {
		driver.Equal("offset", one.Offset, int64(i))
	}
}

func transactions(c *Context) {
	name, group := topic(c, 1, nil), c.Unique("group")
	cfg := exactly()
	cfg.Producer.Transaction.ID = c.Unique("id")
	writer := producer(c, cfg)
	for round, end := range []func() error{writer.AbortTxn, writer.CommitTxn} {
		driver.Check(writer.BeginTxn())
		driver.Check(writer.SendMessages(numbered(name, fmt.Sprintf("round-%d", round), 3)))
		offsets := map[string][]*sarama.PartitionOffsetMetadata{name: {{Partition: 0, Offset: int64(round) + 5}}}
		driver.Check(writer.AddOffsetsToTxn(offsets, group))
		driver.Check(end())
	}
	careful := config()
	careful.Consumer.IsolationLevel = sarama.ReadCommitted
	driver.Equal("the committed", values(take(c, name, sarama.OffsetOldest, 3, careful)), []string{"round-1-0", "round-1-1", "round-1-2"})
	found := driver.Must(admin(c).ListConsumerGroupOffsets(group, map[string][]int32{name: {0}}))
	driver.Equal("the offset", found.GetBlock(name, 0).Offset, int64(6))
}

func tooLarge(c *Context) {
	name := topic(c, 1, map[string]string{"max.message.bytes": "1000"})
	_, _, err := producer(c, config()).SendMessage(&sarama.ProducerMessage{Topic: name, Value: sarama.ByteEncoder(make([]byte, 5_000))})
	driver.Equal("the refusal", errors.Is(err, sarama.ErrMessageSizeTooLarge), true)
}

func positions(c *Context) {
	name := topic(c, 1, nil)
	sent := numbered(name, "p", 20)
	for i, one := range sent {
		one.Timestamp = time.UnixMilli(1_600_000_000_000 + int64(i)*1_000)
	}
	driver.Check(producer(c, config()).SendMessages(sent))
	driver.Equal("at 17", values(take(c, name, 17, 3, config())), []string{"p-17", "p-18", "p-19"})
	client := driver.Must(sarama.NewClient([]string{c.BootstrapServers}, config()))
	c.After(func() { client.Close() })
	at := func(time int64) int64 { return driver.Must(client.GetOffset(name, 0, time)) }
	driver.Equal("ends and times", []int64{at(sarama.OffsetOldest), at(sarama.OffsetNewest), at(1_600_000_005_000), at(1_600_000_005_001)}, []int64{0, 20, 5, 6})
	consumer := driver.Must(sarama.NewConsumerFromClient(client))
	_, err := consumer.ConsumePartition(name, 0, 500)
	driver.Equal("out of range", errors.Is(err, sarama.ErrOffsetOutOfRange), true)
}

func pause(c *Context) {
	name := topic(c, 1, nil)
	consumer := driver.Must(sarama.NewConsumer([]string{c.BootstrapServers}, config()))
	c.After(func() { consumer.Close() })
	partition := driver.Must(consumer.ConsumePartition(name, 0, sarama.OffsetOldest))
	c.After(func() { partition.Close() })
	partition.Pause()
	driver.Check(producer(c, config()).SendMessages(numbered(name, "x", 5)))
	select {
	case <-partition.Messages():
		panic("a message while it was paused")
	case <-time.After(600 * time.Millisecond):
	}
	partition.Resume()
	await(partition.Messages(), 5)
}

// member counts what its claims gave it.
type member struct {
	lock     sync.Mutex
	claims   int
	received []string
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.claims = 0
	for _, partitions := range session.Claims() {
		m.claims += len(partitions)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for one := range claim.Messages() {
		m.lock.Lock()
		m.received = append(m.received, string(one.Value))
		m.lock.Unlock()
		session.MarkMessage(one, "")
	}
	return nil
}

func (m *member) state() (int, int) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.claims, len(m.received)
}

func join(c *Context, group, topic string) (*member, func()) {
	cfg := config()
	cfg.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategySticky()}
	cfg.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	joined := driver.Must(sarama.NewConsumerGroup([]string{c.BootstrapServers}, group, cfg))
	ctx, cancel := context.WithCancel(context.Background())
	m, done := &member{}, make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = joined.Consume(ctx, []string{topic}, m)
		}
	}()
	var once sync.Once
	leave := func() {
		once.Do(func() {
			cancel()
			<-done
			joined.Close()
		})
	}
	c.After(leave)
	return m, leave
}

func group(c *Context) {
	name, id := topic(c, 4, nil), c.Unique("group")
	first, _ := join(c, id, name)
	second, leave := join(c, id, name)
	driver.Eventually("two shares", 50*time.Second, func() bool {
		a, _ := first.state()
		b, _ := second.state()
		return a == 2 && b == 2
	})
	driver.Check(producer(c, config()).SendMessages(numbered(name, "g", 100)))
	driver.Eventually("all messages", 30*time.Second, func() bool {
		_, a := first.state()
		_, b := second.state()
		return a+b == 100
	})
	leave()
	driver.Eventually("one share", 50*time.Second, func() bool {
		a, _ := first.state()
		return a == 4
	})
}

func topics(c *Context) {
	adm := admin(c)
	name := topic(c, 1, nil)
	err := adm.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	driver.Equal("made twice", errors.Is(err, sarama.ErrTopicAlreadyExists), true)
	driver.Check(adm.CreatePartitions(name, 3, nil, false))
	value := "12345"
	entry := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}
	driver.Check(adm.IncrementalAlterConfig(sarama.TopicResource, name, entry, false))
	driver.Eventually("partitions and config", 30*time.Second, func() bool {
		found := driver.Must(adm.ListTopics())[name]
		return found.NumPartitions == 3 && found.ConfigEntries["retention.ms"] != nil && *found.ConfigEntries["retention.ms"] == value
	})
	driver.Check(adm.DeleteTopic(name))
	driver.Eventually("it is gone", 30*time.Second, func() bool {
		_, found := driver.Must(adm.ListTopics())[name]
		return !found
	})
	brokers, controller, err := adm.DescribeCluster()
	driver.Check(err)
	driver.Equal("brokers", len(brokers), c.Brokers)
	isController := func(broker *sarama.Broker) bool { return broker.ID() == controller }
	driver.Equal("a broker stands for the controller", slices.ContainsFunc(brokers, isController), true)
}

func groups(c *Context) {
	adm := admin(c)
	name, id := topic(c, 2, nil), c.Unique("group")
	driver.Check(producer(c, config()).SendMessages(numbered(name, "d", 40)))
	driver.Check(adm.DeleteRecords(name, map[int32]int64{0: 1, 1: 1}))
	m, leave := join(c, id, name)
	driver.Eventually("the messages that are left", 30*time.Second, func() bool {
		_, count := m.state()
		return count == 38
	})
	described := driver.Must(adm.DescribeConsumerGroups([]string{id}))
	driver.Equal("its state", described[0].State, "Stable")
	driver.Equal("with members", errors.Is(adm.DeleteConsumerGroup(id), sarama.ErrNonEmptyGroup), true)
	leave()
	_, listed := driver.Must(adm.ListConsumerGroups())[id]
	driver.Equal("it is listed", listed, true)
	driver.Check(adm.DeleteConsumerGroupOffset(id, name, 0))
	driver.Check(adm.DeleteConsumerGroup(id))
}

func restart(c *Context) {
	name := topic(c, 1, nil)
	cfg := exactly()
	cfg.Producer.Flush.MaxMessages = 50
	writer := driver.Must(sarama.NewAsyncProducer([]string{c.BootstrapServers}, cfg))
	go func() {
		for i, one := range numbered(name, "r", 2_000) {
			if i == 1_000 {
				c.RestartBroker()
			}
			writer.Input() <- one
		}
		writer.AsyncClose()
	}()
	for range 2_000 {
		select {
		case <-writer.Successes():
		case failed := <-writer.Errors():
			panic(failed)
		}
	}
	received := values(take(c, name, sarama.OffsetOldest, 2_000, config()))
	driver.Equal("everything in order", received, texts(numbered(name, "r", 2_000)))
}
