package main

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func consumeCases() []Case {
	return []Case{
		{Name: "consume: by offset, from start and end, relative", Smoke: true, Run: byOffset},
		{Name: "consume: by time", Smoke: true, Run: byTime},
		{Name: "consume: an offset out of range", Smoke: true, Run: outOfRange},
		{Name: "consume: set offsets while consuming", Run: setOffsets},
		{Name: "consume: pause and resume", Run: pause},
		{Name: "consume: a pattern follows new topics", Run: pattern},
		{Name: "consume: topics are added and taken away", Run: addTopics},
		{Name: "consume: sessions with many partitions", Smoke: true, Run: manyPartitions},
		{Name: "consume: a long poll ends with the first record", Smoke: true, Run: longPoll},
		{Name: "consume: small fetches get at least a batch", Run: smallFetches},
		{Name: "consume: read_committed", Smoke: true, Run: readCommitted},
		{Name: "consume: control records on demand", Run: controlRecords},
		{Name: "consume: a topic that is deleted and made again", TimeoutMs: 90_000, Run: madeAgain},
	}
}

func byOffset(c *Context) {
	target := topic(c, 1, nil)
	send(c, target, numbered("o", 100))
	at := func(offset kgo.Offset, count int) []string {
		return values(take(c, from(c, target, offset), count))[:count]
	}
	driver.Equal("at 97", at(kgo.NewOffset().At(97), 3), []string{"o-97", "o-98", "o-99"})
	driver.Equal("start + 2", at(kgo.NewOffset().AtStart().Relative(2), 1), []string{"o-2"})
	driver.Equal("end - 2", at(kgo.NewOffset().AtEnd().Relative(-2), 2), []string{"o-98", "o-99"})
	atEnd := from(c, target, kgo.NewOffset().AtEnd())
	driver.Equal("quiet at the end", quiet(atEnd, 400*time.Millisecond), true)
	send(c, target, []string{"after"})
	driver.Equal("what came after", values(take(c, atEnd, 1)), []string{"after"})
}

func byTime(c *Context) {
	target := topic(c, 1, nil)
	var sent []*kgo.Record
	for i := range 20 {
		sent = append(sent, &kgo.Record{Topic: target, Value: fmt.Appendf(nil, "t-%d", i), Timestamp: time.UnixMilli(1_600_000_000_000 + int64(i)*1_000)})
	}
	driver.Check(client(c).ProduceSync(deadline(c), sent...).FirstErr())
	after := func(milliseconds int64) string {
		return string(take(c, from(c, target, kgo.NewOffset().AfterMilli(milliseconds)), 1)[0].Value)
	}
	driver.Equal("from the beginning of time", after(0), "t-0")
	driver.Equal("exactly", after(1_600_000_005_000), "t-5")
	driver.Equal("between", after(1_600_000_005_001), "t-6")
}

func outOfRange(c *Context) {
	target := topic(c, 1, nil)
	send(c, target, numbered("r", 5))
	reset := from(c, target, kgo.NewOffset().At(500), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	driver.Equal("after the reset", values(take(c, reset, 5)), numbered("r", 5))
	strict := from(c, target, kgo.NewOffset().At(500), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	errs := strict.PollFetches(deadline(c)).Errors()
	driver.Equal("errors", len(errs), 1)
	driver.Equal("the error", errors.Is(errs[0].Err, kerr.OffsetOutOfRange), true)
}

func setOffsets(c *Context) {
	target := topic(c, 1, nil)
	send(c, target, numbered("s", 20))
	cl := from(c, target, kgo.NewOffset().AtStart())
	take(c, cl, 20)
	cl.SetOffsets(map[string]map[int32]kgo.EpochOffset{target: {0: {Epoch: -1, Offset: 15}}})
	driver.Equal("after the seek", values(take(c, cl, 5)), numbered("s", 20)[15:])
}

func pause(c *Context) {
	first, second := topic(c, 1, nil), topic(c, 1, nil)
	cl := client(c, kgo.ConsumeTopics(first, second))
	cl.PauseFetchTopics(first)
	send(c, first, numbered("a", 5))
	send(c, second, numbered("b", 5))
	driver.Equal("only the second", values(take(c, cl, 5)), numbered("b", 5))
	driver.Equal("the first is quiet", quiet(cl, 400*time.Millisecond), true)
	cl.ResumeFetchTopics(first)
	driver.Equal("then the first", values(take(c, cl, 5)), numbered("a", 5))
}

func pattern(c *Context) {
	prefix := c.Unique("pattern")
	options := []kgo.Opt{kgo.ConsumeRegex(), kgo.ConsumeTopics("^" + regexp.QuoteMeta(prefix)), kgo.MetadataMaxAge(300 * time.Millisecond)}
	cl := client(c, options...)
	send(c, prefix+"-a", []string{"a"}, kgo.AllowAutoTopicCreation())
	driver.Equal("the first topic", values(take(c, cl, 1)), []string{"a"})
	send(c, prefix+"-b", []string{"b"}, kgo.AllowAutoTopicCreation())
	driver.Equal("the second topic", values(take(c, cl, 1)), []string{"b"})
}

func addTopics(c *Context) {
	first, second := topic(c, 1, nil), topic(c, 1, nil)
	cl := client(c, kgo.ConsumeTopics(first))
	send(c, first, []string{"one"})
	take(c, cl, 1)
	cl.AddConsumeTopics(second)
	send(c, second, []string{"two"})
	driver.Equal("from the added", values(take(c, cl, 1)), []string{"two"})
	cl.PurgeTopicsFromConsuming(first)
	send(c, first, []string{"unheard"})
	driver.Equal("nothing from the purged", quiet(cl, 400*time.Millisecond), true)
}

func manyPartitions(c *Context) {
	target := topic(c, 40, nil)
	cl := client(c, kgo.ConsumeTopics(target))
	for round := range 5 {
		var sent []*kgo.Record
		for partition := int32(round); partition < 40; partition += 3 {
			sent = append(sent, &kgo.Record{Topic: target, Partition: partition, Value: fmt.Appendf(nil, "%d-%d", round, partition)})
		}
		driver.Check(client(c, kgo.RecordPartitioner(kgo.ManualPartitioner())).ProduceSync(deadline(c), sent...).FirstErr())
		driver.Equal("the round's records", sorted(values(take(c, cl, len(sent)))), sorted(values(sent)))
	}
}

func longPoll(c *Context) {
	target := topic(c, 1, nil)
	cl := from(c, target, kgo.NewOffset().AtStart(), kgo.FetchMaxWait(15*time.Second))
	driver.Equal("nothing yet", quiet(cl, 500*time.Millisecond), true)
	started := time.Now()
	send(c, target, []string{"now"})
	driver.Equal("the record", values(take(c, cl, 1)), []string{"now"})
	driver.Equal("before the poll's time", time.Since(started) < 5*time.Second, true)
}

func smallFetches(c *Context) {
	target := topic(c, 1, nil)
	send(c, target, numbered("a value of some length", 2_000))
	received := read(c, target, 2_000, kgo.FetchMaxBytes(1), kgo.FetchMaxPartitionBytes(1))
	driver.Equal("everything", received, numbered("a value of some length", 2_000))
}

func readCommitted(c *Context) {
	target := topic(c, 1, nil)
	writer := client(c, kgo.TransactionalID(c.Unique("id")))
	write := func(word string, end kgo.TransactionEndTry) {
		driver.Check(writer.BeginTransaction())
		driver.Check(writer.ProduceSync(deadline(c), records(target, numbered(word, 3))...).FirstErr())
		driver.Check(writer.EndTransaction(deadline(c), end))
	}
	write("aborted", kgo.TryAbort)
	write("committed", kgo.TryCommit)
	driver.Check(writer.BeginTransaction())
	driver.Check(writer.ProduceSync(deadline(c), records(target, numbered("open", 3))...).FirstErr())
	careful := from(c, target, kgo.NewOffset().AtStart(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	driver.Equal("the committed", values(take(c, careful, 3)), numbered("committed", 3))
	driver.Equal("nothing of the open one", quiet(careful, 400*time.Millisecond), true)
	driver.Check(writer.EndTransaction(deadline(c), kgo.TryCommit))
	driver.Equal("then the rest", values(take(c, careful, 3)), numbered("open", 3))
	all := append(append(numbered("aborted", 3), numbered("committed", 3)...), numbered("open", 3)...)
	driver.Equal("uncommitted", read(c, target, 9), all)
}

func controlRecords(c *Context) {
	target := topic(c, 1, nil)
	writer := client(c, kgo.TransactionalID(c.Unique("id")))
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		driver.Check(writer.BeginTransaction())
		driver.Check(writer.ProduceSync(deadline(c), records(target, []string{"data"})...).FirstErr())
		driver.Check(writer.EndTransaction(deadline(c), end))
	}
	received := take(c, from(c, target, kgo.NewOffset().AtStart(), kgo.KeepControlRecords()), 4)
	// A marker's key is its version and its type: 1 commits and 0 aborts.
	driver.Equal("the commit", received[1].Key, []byte{0, 0, 0, 1})
	driver.Equal("the abort", received[3].Key, []byte{0, 0, 0, 0})
	driver.Equal("they are control records", []bool{received[1].Attrs.IsControl(), received[3].Attrs.IsControl()}, []bool{true, true})
}

func madeAgain(c *Context) {
	target := topic(c, 1, nil)
	send(c, target, numbered("old", 5))
	adm := admin(c)
	cl := client(c, kgo.ConsumeTopics(target), kgo.MetadataMaxAge(500*time.Millisecond))
	take(c, cl, 5)
	driver.Check(driver.Must(adm.DeleteTopics(deadline(c), target)).Error())
	driver.Eventually("the topic is gone", patience, func() bool {
		return !driver.Must(adm.ListTopics(deadline(c))).Has(target)
	})
	driver.Check(driver.Must(adm.CreateTopic(deadline(c), 1, 1, nil, target)).Err)
	send(c, target, []string{"new"})
	driver.Equal("the new topic", read(c, target, 1), []string{"new"})
}
