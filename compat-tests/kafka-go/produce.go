package main

import (
	"errors"
	"strings"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
)

func produceCases() []Case {
	cases := []Case{
		{Name: "produce: headers, nulls and timestamps", Run: contents},
		{Name: "produce: a key keeps to its partition", Run: keyed},
		{Name: "produce: Client.Produce answers offsets", Run: produceOffsets},
		{Name: "produce: LogAppendTime", Run: appendTime},
		{Name: "produce: a topic is created on first use", Run: created},
		{Name: "produce: a message too large", Run: tooLarge},
		{Name: "produce: unknown partition", Run: unknownPartition},
	}
	for _, codec := range []kafka.Compression{0, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd} {
		cases = append(cases, Case{Name: "produce: compression " + codec.String(), Run: func(c *Context) {
			roundTrip(c, func(w *kafka.Writer) { w.Compression = codec })
		}})
	}
	for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
		cases = append(cases, Case{Name: "produce: acks " + acks.String(), Run: func(c *Context) {
			roundTrip(c, func(w *kafka.Writer) { w.RequiredAcks = acks })
		}})
	}
	return cases
}

func roundTrip(c *Context, change func(*kafka.Writer)) {
	name := topic(c, 1)
	w, sent := writer(c, name), numbered("text that repeats itself", 300)
	change(w)
	driver.Check(w.WriteMessages(deadline(c), sent...))
	driver.Equal("what was read", values(read(c, name, 300)), values(sent))
}

func contents(c *Context) {
	name := topic(c, 1)
	headers := []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte{0, 255}}}
	stamp := time.UnixMilli(1_500_000_000_123)
	send(c, name, []kafka.Message{
		{Key: []byte("k"), Value: []byte("v"), Headers: headers, Time: stamp},
		{Key: []byte("tombstone"), Time: stamp},
		{Value: []byte("naïve 東京 🦊"), Time: stamp.Add(time.Second)},
	})
	received := read(c, name, 3)
	driver.Equal("key and value", []string{string(received[0].Key), string(received[0].Value)}, []string{"k", "v"})
	driver.Equal("headers", received[0].Headers, headers)
	driver.Equal("a tombstone", []any{string(received[1].Key), received[1].Value == nil}, []any{"tombstone", true})
	driver.Equal("without a key", []any{received[2].Key == nil, string(received[2].Value)}, []any{true, "naïve 東京 🦊"})
	times := []int64{received[0].Time.UnixMilli(), received[1].Time.UnixMilli(), received[2].Time.UnixMilli()}
	driver.Equal("times", times, []int64{1_500_000_000_123, 1_500_000_000_123, 1_500_000_001_123})
}

func keyed(c *Context) {
	name := topic(c, 4)
	sent := numbered("v", 200)
	for i := range sent {
		sent[i].Key = []byte{byte('a' + i%20)}
	}
	w := writer(c, name)
	w.Balancer = kafka.Murmur2Balancer{}
	driver.Check(w.WriteMessages(deadline(c), sent...))
	partitions := map[string]int{}
	for _, one := range take(c, reader(c, kafka.ReaderConfig{GroupID: c.Unique("group"), Topic: name}), 200) {
		known, seen := partitions[string(one.Key)]
		driver.Equal("the partition of "+string(one.Key), !seen || known == one.Partition, true)
		partitions[string(one.Key)] = one.Partition
	}
	driver.Equal("keys", len(partitions), 20)
}

func produce(c *Context, topic string, partition int, value string) (*kafka.ProduceResponse, error) {
	return client(c).Produce(deadline(c), &kafka.ProduceRequest{
		Topic:        topic,
		Partition:    partition,
		RequiredAcks: kafka.RequireAll,
		Records:      kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value)), Time: time.Now()}),
	})
}

func produceOffsets(c *Context) {
	name := topic(c, 2)
	for i := range 5 {
		answer := driver.Must(produce(c, name, 1, "v"))
		driver.Check(answer.Error)
		driver.Equal("offset and start", []int64{answer.BaseOffset, answer.LogStartOffset}, []int64{int64(i), 0})
		driver.Equal("no time of the broker", answer.LogAppendTime.IsZero(), true)
	}
}

func appendTime(c *Context) {
	name := topic(c, 1, kafka.ConfigEntry{ConfigName: "message.timestamp.type", ConfigValue: "LogAppendTime"})
	before := time.Now().Add(-time.Second)
	answer := driver.Must(produce(c, name, 0, "v"))
	driver.Check(answer.Error)
	driver.Equal("the broker's time", answer.LogAppendTime.After(before), true)
}

func created(c *Context) {
	w := writer(c, c.Unique("automatic"))
	w.AllowAutoTopicCreation = true
	// A topic that is only now created is none yet in the first answer, which the writer passes on.
	driver.Eventually("the topic", patience, func() bool {
		err := w.WriteMessages(deadline(c), numbered("first", 3)...)
		if !errors.Is(err, kafka.UnknownTopicOrPartition) && !errors.Is(err, kafka.LeaderNotAvailable) {
			driver.Check(err)
		}
		return err == nil
	})
	driver.Equal("what was read", values(read(c, w.Topic, 3)), values(numbered("first", 3)))
}

func tooLarge(c *Context) {
	name := topic(c, 1, kafka.ConfigEntry{ConfigName: "max.message.bytes", ConfigValue: "1000"})
	err := writer(c, name).WriteMessages(deadline(c), kafka.Message{Value: []byte(strings.Repeat("x", 5_000))})
	var failed kafka.WriteErrors
	driver.Equal("an error for each message", errors.As(err, &failed) && len(failed) == 1, true)
	refused("the message", failed[0], kafka.MessageSizeTooLarge)
}

func unknownPartition(c *Context) {
	_, err := produce(c, topic(c, 1), 7, "v")
	driver.Equal("it fails", err != nil, true)
}
