package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
)

func consumeCases() []Case {
	return []Case{
		{Name: "consume: seek by offset and time", Run: positions},
		{Name: "consume: the reader's lag", Run: lag},
		{Name: "consume: Conn reads, seeks and writes", Run: conn},
		{Name: "consume: Client.Fetch by range", Run: fetch},
		{Name: "consume: what comes while it waits", Run: longPoll},
		{Name: "consume: a reader that starts at the end", Run: atTheEnd},
	}
}

// timed are twenty messages, a second from one to the next.
func timed() []kafka.Message {
	sent := numbered("p", 20)
	for i := range sent {
		sent[i].Time = time.UnixMilli(1_600_000_000_000 + int64(i)*1_000)
	}
	return sent
}

func positions(c *Context) {
	name := topic(c, 1)
	send(c, name, timed())
	from := reader(c, kafka.ReaderConfig{Topic: name})
	driver.Check(from.SetOffset(17))
	driver.Equal("at 17", values(take(c, from, 3)), []string{"p-17", "p-18", "p-19"})
	driver.Check(from.SetOffset(kafka.FirstOffset))
	driver.Equal("at the start", values(take(c, from, 2)), []string{"p-0", "p-1"})
	driver.Check(from.SetOffsetAt(deadline(c), time.UnixMilli(1_600_000_004_001)))
	driver.Equal("at the time", values(take(c, from, 2)), []string{"p-5", "p-6"})
	answer := driver.Must(client(c).ListOffsets(deadline(c), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		name: {kafka.FirstOffsetOf(0), kafka.LastOffsetOf(0), kafka.TimeOffsetOf(0, time.UnixMilli(1_600_000_009_000))},
	}}))
	found := answer.Topics[name][0]
	driver.Check(found.Error)
	driver.Equal("ends", []int64{found.FirstOffset, found.LastOffset}, []int64{0, 20})
	driver.Equal("by time", found.Offsets[9].UnixMilli(), int64(1_600_000_009_000))
}

func lag(c *Context) {
	name := topic(c, 1)
	send(c, name, numbered("l", 10))
	from := reader(c, kafka.ReaderConfig{Topic: name})
	driver.Equal("before", driver.Must(from.ReadLag(deadline(c))), int64(10))
	take(c, from, 4)
	driver.Equal("after four", []int64{from.Offset(), driver.Must(from.ReadLag(deadline(c)))}, []int64{4, 6})
}

func conn(c *Context) {
	name := topic(c, 1)
	link := driver.Must(kafka.DialLeader(deadline(c), "tcp", c.BootstrapServers, name, 0))
	c.After(func() { link.Close() })
	driver.Check(link.SetDeadline(time.Now().Add(patience)))
	driver.Must(link.WriteMessages(numbered("c", 10)...))
	first, last, err := link.ReadOffsets()
	driver.Check(err)
	driver.Equal("ends", []int64{first, last}, []int64{0, 10})
	driver.Must(link.Seek(7, kafka.SeekAbsolute))
	batch := link.ReadBatch(1, 1e6)
	driver.Equal("the high watermark", batch.HighWaterMark(), int64(10))
	for _, wanted := range []string{"c-7", "c-8", "c-9"} {
		driver.Equal("a message", string(driver.Must(batch.ReadMessage()).Value), wanted)
	}
	driver.Check(batch.Close())
	_, err = link.Seek(50, kafka.SeekAbsolute)
	refused("beyond the end", err, kafka.OffsetOutOfRange)
	brokers := driver.Must(link.Brokers())
	controller := driver.Must(link.Controller())
	driver.Equal("a broker stands for the controller", slices.Contains(brokers, controller), true)
}

func fetchAt(c *Context, name string, offset int64) *kafka.FetchResponse {
	request := kafka.FetchRequest{Topic: name, Offset: offset, MinBytes: 1, MaxBytes: 1e6, MaxWait: 200 * time.Millisecond}
	return driver.Must(client(c).Fetch(deadline(c), &request))
}

func fetch(c *Context) {
	name := topic(c, 1)
	send(c, name, numbered("f", 10))
	answer := fetchAt(c, name, 0)
	driver.Check(answer.Error)
	driver.Equal("watermarks", []int64{answer.HighWatermark, answer.LastStableOffset, answer.LogStartOffset}, []int64{10, 10, 0})
	count := 0
	for {
		one, err := answer.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		driver.Check(err)
		driver.Equal("offset", one.Offset, int64(count))
		count++
	}
	driver.Equal("records", count, 10)
	refused("beyond the end", fetchAt(c, name, 50).Error, kafka.OffsetOutOfRange)
}

func longPoll(c *Context) {
	name := topic(c, 1)
	from := reader(c, kafka.ReaderConfig{Topic: name})
	ctx, cancel := context.WithTimeout(context.Background(), 600*time.Millisecond)
	defer cancel()
	_, err := from.ReadMessage(ctx)
	driver.Equal("nothing yet", errors.Is(err, context.DeadlineExceeded), true)
	send(c, name, numbered("later", 2))
	driver.Equal("what came", values(take(c, from, 2)), []string{"later-0", "later-1"})
}

func atTheEnd(c *Context) {
	name := topic(c, 1)
	send(c, name, numbered("old", 5))
	from := reader(c, kafka.ReaderConfig{Topic: name})
	driver.Check(from.SetOffset(kafka.LastOffset))
	driver.Equal("the lag", driver.Must(from.ReadLag(deadline(c))), int64(0))
	// The reader asks for the end when it first reads, so messages go on until one has come after that.
	done := make(chan struct{})
	go func() {
		defer close(done)
		w := writer(c, name)
		for i := 0; i < 100; i++ {
			if w.WriteMessages(context.Background(), numbered("new", 1)...) != nil || from.Stats().Messages > 0 {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	driver.Equal("what came", values(take(c, from, 1)), []string{"new-0"})
	<-done
}
