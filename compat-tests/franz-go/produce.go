package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func produceCases() []Case {
	cases := []Case{
		{Name: "produce: keys, headers, nulls and timestamps", Smoke: true, Run: contents},
		{Name: "produce: many at once, idempotent, in order", Smoke: true, Run: inOrder},
		{Name: "produce: without idempotence, many requests in flight", Run: notIdempotent},
		{Name: "produce: partitions by key", Run: byKey},
		{Name: "produce: a topic made by the first record", Smoke: true, Run: automaticTopic},
		{Name: "produce: a large record", Run: largeRecord},
		{Name: "produce: a record too large for the topic", Smoke: true, Run: tooLarge},
		{Name: "produce: an unknown topic and an invalid one", Run: unknownTopic},
		{Name: "produce: the broker's timestamps", Run: logAppendTime},
		{Name: "produce: a canceled context loses nothing that was acknowledged", Run: canceled},
	}
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		cases = append(cases, Case{Name: "produce: compression " + name, Smoke: true, Run: func(c *Context) {
			target := topic(c, 1, nil)
			sent := numbered("text that repeats itself, "+name, 1000)
			send(c, target, sent, kgo.ProducerBatchCompression(codecs[name]))
			driver.Equal("what was read", read(c, target, len(sent)), sent)
		}})
	}
	acks := map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()}
	for _, name := range []string{"0", "1", "all"} {
		cases = append(cases, Case{Name: "produce: acks " + name, Smoke: true, Run: func(c *Context) {
			target := topic(c, 1, nil)
			send(c, target, numbered("m", 100), kgo.RequiredAcks(acks[name]), kgo.DisableIdempotentWrite())
			driver.Equal("what was read", read(c, target, 100), numbered("m", 100))
		}})
	}
	return cases
}

func contents(c *Context) {
	target := topic(c, 1, nil)
	headers := []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "null"}}
	stamp := time.UnixMilli(1_500_000_000_123)
	sent := []*kgo.Record{
		{Topic: target, Key: []byte("k"), Value: []byte("v"), Headers: headers, Timestamp: stamp},
		{Topic: target, Key: []byte("k"), Timestamp: stamp.Add(-time.Hour)},
		{Topic: target, Value: []byte{}, Timestamp: stamp},
		{Topic: target, Key: []byte{}, Value: []byte{0, 255}, Timestamp: stamp},
	}
	driver.Check(client(c).ProduceSync(deadline(c), sent...).FirstErr())
	received := take(c, from(c, target, kgo.NewOffset().AtStart()), 4)
	for i, one := range received {
		driver.Equal("key", one.Key, sent[i].Key)
		driver.Equal("value", one.Value, sent[i].Value)
		driver.Equal("time", one.Timestamp.UnixMilli(), sent[i].Timestamp.UnixMilli())
		driver.Equal("offset", one.Offset, int64(i))
	}
	driver.Equal("headers", received[0].Headers, headers)
	driver.Equal("kind of timestamp", received[0].Attrs.TimestampType(), int8(0))
}

func inOrder(c *Context) {
	target := topic(c, 1, nil)
	cl := client(c, kgo.ProducerBatchMaxBytes(2_000), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var wait sync.WaitGroup
	var lock sync.Mutex
	var failed error
	for _, one := range records(target, numbered("once", 5_000)) {
		wait.Add(1)
		cl.Produce(deadline(c), one, func(_ *kgo.Record, err error) {
			lock.Lock()
			failed = errors.Join(failed, err)
			lock.Unlock()
			wait.Done()
		})
	}
	wait.Wait()
	driver.Check(failed)
	driver.Equal("what was read", read(c, target, 5_000), numbered("once", 5_000))
}

func notIdempotent(c *Context) {
	target := topic(c, 1, nil)
	options := []kgo.Opt{kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(8), kgo.ProducerBatchMaxBytes(2_000)}
	send(c, target, numbered("m", 3_000), options...)
	driver.Equal("what was read", sorted(read(c, target, 3_000)), sorted(numbered("m", 3_000)))
}

func byKey(c *Context) {
	target := topic(c, 5, nil)
	var sent []*kgo.Record
	for i := range 200 {
		sent = append(sent, &kgo.Record{Topic: target, Key: fmt.Appendf(nil, "key-%d", i%9), Value: []byte("v")})
	}
	driver.Check(client(c).ProduceSync(deadline(c), sent...).FirstErr())
	of := map[string]int32{}
	for _, one := range sent {
		if before, ok := of[string(one.Key)]; ok {
			driver.Equal("partition of "+string(one.Key), one.Partition, before)
		}
		of[string(one.Key)] = one.Partition
	}
	received := take(c, client(c, kgo.ConsumeTopics(target)), 200)
	for _, one := range received {
		driver.Equal("partition", one.Partition, of[string(one.Key)])
	}
}

func automaticTopic(c *Context) {
	target := c.Unique("automatic")
	cl := client(c, kgo.AllowAutoTopicCreation())
	driver.Check(cl.ProduceSync(deadline(c), records(target, []string{"first"})...).FirstErr())
	driver.Equal("what was read", read(c, target, 1), []string{"first"})
}

func largeRecord(c *Context) {
	target := topic(c, 1, map[string]string{"max.message.bytes": "20000000"})
	large := strings.Repeat("large ", 2_000_000)
	send(c, target, []string{large, "small"}, kgo.ProducerBatchMaxBytes(16_000_000))
	received := read(c, target, 2, kgo.FetchMaxBytes(1_000_000), kgo.FetchMaxPartitionBytes(1_000))
	driver.Equal("lengths", []int{len(received[0]), len(received[1])}, []int{len(large), 5})
	driver.Equal("the same bytes", received[0] == large, true)
}

func tooLarge(c *Context) {
	target := topic(c, 1, map[string]string{"max.message.bytes": "1000"})
	cl := client(c, kgo.ProducerBatchCompression(kgo.NoCompression()))
	err := cl.ProduceSync(deadline(c), records(target, []string{strings.Repeat("x", 5_000)})...).FirstErr()
	driver.Equal("the refusal", errors.Is(err, kerr.MessageTooLarge), true)
	driver.Check(cl.ProduceSync(deadline(c), records(target, []string{"small"})...).FirstErr())
}

func unknownTopic(c *Context) {
	cl := client(c, kgo.UnknownTopicRetries(1))
	err := cl.ProduceSync(deadline(c), records(c.Unique("nowhere"), []string{"x"})...).FirstErr()
	driver.Equal("an unknown topic", errors.Is(err, kerr.UnknownTopicOrPartition), true)
	err = cl.ProduceSync(deadline(c), records("no/such name", []string{"x"})...).FirstErr()
	driver.Equal("an invalid topic", errors.Is(err, kerr.InvalidTopicException), true)
}

func logAppendTime(c *Context) {
	target := topic(c, 1, map[string]string{"message.timestamp.type": "LogAppendTime"})
	sent := &kgo.Record{Topic: target, Value: []byte("v"), Timestamp: time.UnixMilli(5)}
	driver.Check(client(c).ProduceSync(deadline(c), sent).FirstErr())
	received := take(c, from(c, target, kgo.NewOffset().AtStart()), 1)[0]
	driver.Equal("kind of timestamp", received.Attrs.TimestampType(), int8(1))
	driver.Equal("the broker's time", time.Since(received.Timestamp) < time.Hour, true)
}

func canceled(c *Context) {
	target := topic(c, 1, nil)
	cl := client(c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var lock sync.Mutex
	var wait sync.WaitGroup
	acknowledged := 0
	for i, one := range records(target, numbered("c", 2_000)) {
		if i == 1_000 {
			cancel()
		}
		wait.Add(1)
		cl.Produce(ctx, one, func(_ *kgo.Record, err error) {
			lock.Lock()
			if err == nil {
				acknowledged++
			}
			lock.Unlock()
			wait.Done()
		})
	}
	wait.Wait()
	driver.Check(cl.ProduceSync(deadline(c), records(target, []string{"last"})...).FirstErr())
	end, _ := driver.Must(admin(c).ListEndOffsets(deadline(c), target)).Lookup(target, 0)
	driver.Equal("everything acknowledged is there", end.Offset >= int64(acknowledged+1), true)
}
