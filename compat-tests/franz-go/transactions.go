package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func transactionCases() []Case {
	return []Case{
		{Name: "transaction: commit and abort over partitions", Smoke: true, Run: commitAndAbort},
		{Name: "transaction: the end of one begins the next", Run: endAndBegin},
		{Name: "transaction: the newer fences the older", Smoke: true, Run: fencing},
		{Name: "transaction: consume, transform, produce in a group", Smoke: true, TimeoutMs: 90_000, Run: exactlyOnce},
		{Name: "transaction: aborted when its time is up", TimeoutMs: 90_000, Run: timedOut},
		{Name: "transaction: admin of producers and transactions", Run: transactionAdmin},
		{Name: "transaction: SIGKILL in the middle of consume, transform, produce", TimeoutMs: 150_000, Run: exactlyOnceRestart},
	}
}

func careful(c *Context, topic string, count int) []string {
	return read(c, topic, count, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
}

func commitAndAbort(c *Context) {
	target := topic(c, 4, nil)
	writer := client(c, kgo.TransactionalID(c.Unique("id")), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var committed []string
	for round := range 8 {
		driver.Check(writer.BeginTransaction())
		sent := records(target, numbered(fmt.Sprintf("round-%d", round), 8))
		for i, one := range sent {
			one.Partition = int32(i % 4)
		}
		driver.Check(writer.ProduceSync(deadline(c), sent...).FirstErr())
		driver.Check(writer.EndTransaction(deadline(c), kgo.TransactionEndTry(round%2 == 1)))
		if round%2 == 1 {
			committed = append(committed, values(sent)...)
		}
	}
	reader := client(c, kgo.ConsumeTopics(target), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	driver.Equal("the committed", sorted(values(take(c, reader, len(committed)))), sorted(committed))
	driver.Equal("and nothing else", quiet(reader, 500*time.Millisecond), true)
}

func endAndBegin(c *Context) {
	target := topic(c, 1, nil)
	writer := client(c, kgo.TransactionalID(c.Unique("id")))
	driver.Check(writer.BeginTransaction())
	for round := range 5 {
		driver.Check(writer.ProduceSync(deadline(c), records(target, []string{fmt.Sprint(round)})...).FirstErr())
		driver.Check(writer.EndAndBeginTransaction(deadline(c), kgo.EndBeginTxnSafe, kgo.TryCommit, func(_ context.Context, err error) error { return err }))
	}
	driver.Check(writer.EndTransaction(deadline(c), kgo.TryAbort))
	driver.Equal("the committed", careful(c, target, 5), []string{"0", "1", "2", "3", "4"})
}

func fencing(c *Context) {
	target, id := topic(c, 1, nil), c.Unique("id")
	older := client(c, kgo.TransactionalID(id))
	driver.Check(older.BeginTransaction())
	driver.Check(older.ProduceSync(deadline(c), records(target, []string{"older"})...).FirstErr())
	newer := client(c, kgo.TransactionalID(id))
	driver.Check(newer.BeginTransaction())
	driver.Check(newer.ProduceSync(deadline(c), records(target, []string{"newer"})...).FirstErr())
	err := older.ProduceSync(deadline(c), records(target, []string{"fenced"})...).FirstErr()
	if err == nil {
		err = older.EndTransaction(deadline(c), kgo.TryCommit)
	}
	fenced := errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced)
	driver.Equal(fmt.Sprintf("fenced by %v", err), fenced, true)
	driver.Check(newer.EndTransaction(deadline(c), kgo.TryCommit))
	driver.Equal("the committed", careful(c, target, 1), []string{"newer"})
}

// transform moves records of a source to a target, each exactly once, until it was told to stop. A session that fails
// is given up: the next one of the same id aborts what it left open.
func transform(c *Context, source, target, group string, stop <-chan struct{}) (wait func()) {
	id := c.Unique("id")
	ctx, cancel := context.WithCancel(context.Background())
	c.After(cancel)
	go func() {
		<-stop
		cancel()
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			session, err := newSession(c, id, group, source)
			for err == nil && ctx.Err() == nil {
				err = moveSome(ctx, session, target)
			}
			if session != nil {
				session.Close()
			}
		}
	}()
	return func() { <-done }
}

func newSession(c *Context, id, group, source string) (*kgo.GroupTransactSession, error) {
	return kgo.NewGroupTransactSession(
		kgo.SeedBrokers(c.BootstrapServers), kgo.AlwaysRetryEOF(), kgo.FetchMaxWait(200*time.Millisecond),
		kgo.TransactionalID(id), kgo.ConsumerGroup(group), kgo.ConsumeTopics(source),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(), kgo.HeartbeatInterval(200*time.Millisecond),
		kgo.SessionTimeout(6*time.Second), kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
}

// moveSome is one transaction, or nothing when nothing came.
func moveSome(ctx context.Context, session *kgo.GroupTransactSession, target string) error {
	fetches := session.PollRecords(ctx, 25)
	if fetches.NumRecords() == 0 {
		return nil
	}
	if err := session.Begin(); err != nil {
		return err
	}
	for _, one := range fetches.Records() {
		session.Produce(context.Background(), &kgo.Record{Topic: target, Value: one.Value}, nil)
	}
	_, err := session.End(context.Background(), kgo.TryCommit)
	return err
}

func exactlyOnce(c *Context) { moveAll(c, 400, func() {}) }

func exactlyOnceRestart(c *Context) { moveAll(c, 2_000, c.RestartBroker) }

// moveAll has two workers move everything while something happens in the middle.
func moveAll(c *Context, count int, middle func()) {
	source, target, group := topic(c, 4, nil), topic(c, 1, nil), c.Unique("group")
	sent := records(source, numbered("v", count))
	for i, one := range sent {
		one.Partition = int32(i % 4)
	}
	driver.Check(client(c, kgo.RecordPartitioner(kgo.ManualPartitioner())).ProduceSync(deadline(c), sent...).FirstErr())
	stop := make(chan struct{})
	var once sync.Once
	halt := func() { once.Do(func() { close(stop) }) }
	c.After(halt)
	first, second := transform(c, source, target, group, stop), transform(c, source, target, group, stop)
	reader := from(c, target, kgo.NewOffset().AtStart(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	received := values(take(c, reader, count/4))
	middle()
	received = append(received, values(take(c, reader, count-len(received)))...)
	driver.Equal("everything once", sorted(received), sorted(numbered("v", count)))
	send(c, source, []string{"v-last"})
	driver.Equal("and nothing twice", values(take(c, reader, 1)), []string{"v-last"})
	halt()
	first()
	second()
}

func timedOut(c *Context) {
	target := topic(c, 1, nil)
	writer := client(c, kgo.TransactionalID(c.Unique("id")), kgo.TransactionTimeout(1500*time.Millisecond))
	driver.Check(writer.BeginTransaction())
	driver.Check(writer.ProduceSync(deadline(c), records(target, []string{"too late"})...).FirstErr())
	send(c, target, []string{"plain"})
	driver.Equal("what comes after it", careful(c, target, 1), []string{"plain"})
	err := writer.EndTransaction(deadline(c), kgo.TryCommit)
	driver.Equal("the commit is refused", err != nil, true)
}

func transactionAdmin(c *Context) {
	target, id := topic(c, 1, nil), c.Unique("id")
	writer := client(c, kgo.TransactionalID(id))
	driver.Check(writer.BeginTransaction())
	driver.Check(writer.ProduceSync(deadline(c), records(target, []string{"open"})...).FirstErr())
	adm := admin(c)
	described := driver.Must(adm.DescribeTransactions(deadline(c), id))[id]
	driver.Check(described.Err)
	driver.Equal("its state", described.State, "Ongoing")
	driver.Equal("its topics", described.Topics.Topics(), []string{target})
	listed := driver.Must(adm.ListTransactions(deadline(c), nil, []string{"Ongoing"}))
	driver.Equal("it is listed", listed[id].ProducerID, described.ProducerID)
	producers := driver.Must(adm.DescribeProducers(deadline(c), described.Topics))
	one := producers[target].Partitions[0].ActiveProducers.Sorted()[0]
	driver.Equal("the producer", []any{one.ProducerID, one.CurrentTxnStartOffset}, []any{described.ProducerID, int64(0)})
	unknown := driver.Must(adm.DescribeTransactions(deadline(c), c.Unique("unknown")))
	for _, found := range unknown {
		driver.Equal("an unknown one", errors.Is(found.Err, kerr.TransactionalIDNotFound), true)
	}
	driver.Check(writer.EndTransaction(deadline(c), kgo.TryAbort))
}
