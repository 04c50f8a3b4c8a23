package main

import (
	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
)

// The client puts no producer id into what it produces, so its transactions carry offsets alone.
func transactionCases() []Case {
	return []Case{
		{Name: "transactions: offsets are committed or aborted", Run: transactionOffsets},
		{Name: "transactions: partitions take part", Run: transactionPartitions},
		{Name: "transactions: a second producer fences the first", Run: fencing},
		{Name: "transactions: nothing to end", Run: nothingToEnd},
	}
}

func initProducer(c *Context, cl *kafka.Client, id string) *kafka.ProducerSession {
	var session *kafka.ProducerSession
	// Zero, which the client would send, is the id of some producer; -1 says that this one has none yet.
	request := &kafka.InitProducerIDRequest{TransactionalID: id, TransactionTimeoutMs: 60_000, ProducerID: -1, ProducerEpoch: -1}
	driver.Eventually("a producer id", patience, func() bool {
		answer := driver.Must(cl.InitProducerID(deadline(c), request))
		session = answer.Producer
		return answer.Error == nil
	})
	return session
}

func end(c *Context, cl *kafka.Client, id string, session *kafka.ProducerSession, commit bool) error {
	return driver.Must(cl.EndTxn(deadline(c), &kafka.EndTxnRequest{
		TransactionalID: id, ProducerID: session.ProducerID, ProducerEpoch: session.ProducerEpoch, Committed: commit,
	})).Error
}

func transactionOffsets(c *Context) {
	cl, name, id, group := client(c), topic(c, 1), c.Unique("id"), c.Unique("group")
	session := initProducer(c, cl, id)
	write := func(offset int64) {
		driver.Eventually("the last transaction has ended", patience, func() bool {
			return driver.Must(cl.AddOffsetsToTxn(deadline(c), &kafka.AddOffsetsToTxnRequest{
				TransactionalID: id, ProducerID: session.ProducerID, ProducerEpoch: session.ProducerEpoch, GroupID: group,
			})).Error == nil
		})
		answer := driver.Must(cl.TxnOffsetCommit(deadline(c), &kafka.TxnOffsetCommitRequest{
			TransactionalID: id, ProducerID: session.ProducerID, ProducerEpoch: session.ProducerEpoch, GroupID: group,
			GenerationID: -1, Topics: map[string][]kafka.TxnOffsetCommit{name: {{Partition: 0, Offset: offset}}},
		}))
		driver.Check(answer.Topics[name][0].Error)
	}
	write(5)
	driver.Equal("before its end", committed(c, group, name), int64(-1))
	driver.Check(end(c, cl, id, session, true))
	driver.Eventually("the committed", patience, func() bool { return committed(c, group, name) == 5 })
	write(9)
	driver.Check(end(c, cl, id, session, false))
	write(11)
	driver.Equal("the aborted", committed(c, group, name), int64(5))
	driver.Check(end(c, cl, id, session, true))
	driver.Eventually("the committed again", patience, func() bool { return committed(c, group, name) == 11 })
}

func transactionPartitions(c *Context) {
	cl, name, id := client(c), topic(c, 2), c.Unique("id")
	session := initProducer(c, cl, id)
	add := func(partition int) error {
		answer := driver.Must(cl.AddPartitionsToTxn(deadline(c), &kafka.AddPartitionsToTxnRequest{
			TransactionalID: id, ProducerID: session.ProducerID, ProducerEpoch: session.ProducerEpoch,
			Topics: map[string][]kafka.AddPartitionToTxn{name: {{Partition: partition}}},
		}))
		return answer.Topics[name][0].Error
	}
	driver.Check(add(1))
	refused("a partition that is none", add(7), kafka.UnknownTopicOrPartition)
	driver.Check(end(c, cl, id, session, true))
	driver.Eventually("the marker", patience, func() bool {
		request := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{name: {kafka.LastOffsetOf(1)}}}
		return driver.Must(cl.ListOffsets(deadline(c), request)).Topics[name][0].LastOffset == 1
	})
}

func fencing(c *Context) {
	cl, id := client(c), c.Unique("id")
	first := initProducer(c, cl, id)
	second := initProducer(c, cl, id)
	driver.Equal("the id stays", second.ProducerID, first.ProducerID)
	driver.Equal("the epoch grows", second.ProducerEpoch, first.ProducerEpoch+1)
	answer := driver.Must(cl.AddOffsetsToTxn(deadline(c), &kafka.AddOffsetsToTxnRequest{
		TransactionalID: id, ProducerID: first.ProducerID, ProducerEpoch: first.ProducerEpoch, GroupID: c.Unique("group"),
	}))
	refused("the first", answer.Error, kafka.ProducerFenced)
}

func nothingToEnd(c *Context) {
	cl, id := client(c), c.Unique("id")
	session := initProducer(c, cl, id)
	refused("an end", end(c, cl, id, session, true), kafka.InvalidTransactionState)
	other := &kafka.ProducerSession{ProducerID: session.ProducerID + 1_000, ProducerEpoch: 0}
	refused("another's id", end(c, cl, id, other, true), kafka.InvalidProducerIDMapping)
	answer := driver.Must(cl.InitProducerID(deadline(c), &kafka.InitProducerIDRequest{TransactionalID: c.Unique("id"), TransactionTimeoutMs: 1_000_000_000}))
	refused("too long a time", answer.Error, kafka.InvalidTransactionTimeout)
}
