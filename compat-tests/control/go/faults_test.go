package hand

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Each fault, met by franz-go: wrong in the way that the fault brings out, and right after it.

func client(t *testing.T, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	common := []kgo.Opt{
		kgo.SeedBrokers(os.Getenv("SAMSA_BOOTSTRAP")),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(50 * time.Millisecond), // by default it asks once in five seconds who leads now
	}
	made, err := kgo.NewClient(append(common, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Close)
	return made
}

func newTopic(t *testing.T) string {
	t.Helper()
	var random [4]byte
	rand.Read(random[:])
	name := "orders-" + hex.EncodeToString(random[:])
	if _, err := kadm.NewClient(client(t)).CreateTopic(within(t), 2, 1, nil, name); err != nil {
		t.Fatal(err)
	}
	return name
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func send(t *testing.T, from *kgo.Client, topic, value string, partition int32) error {
	record := &kgo.Record{Topic: topic, Value: []byte(value), Partition: partition}
	return from.ProduceSync(within(t), record).FirstErr()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, found, wanted T) {
	t.Helper()
	if found != wanted {
		t.Fatalf("%s: %v, not %v", what, found, wanted)
	}
}

// next is the value that comes next, or nothing within the time.
func next(t *testing.T, from *kgo.Client, patience time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		for _, record := range from.PollRecords(ctx, 1).Records() {
			return string(record.Value)
		}
	}
	return ""
}

func TestErrorOfOnePartition(t *testing.T) {
	topic := newTopic(t)
	fault := on(t, object{"api": "Produce", "topic": topic, "partition": 0, "error": "NOT_LEADER_OR_FOLLOWER"})
	impatient := client(t, kgo.RecordRetries(1), kgo.DisableIdempotentWrite())
	if err := send(t, impatient, topic, "lost", 0); err == nil {
		t.Fatal("the partition that fails took a record")
	}
	check(t, send(t, impatient, topic, "other", 1))
	fault.end()
	twice := on(t, object{"api": "Produce", "topic": topic, "error": "NOT_LEADER_OR_FOLLOWER", "times": 2})
	check(t, send(t, client(t), topic, "patient", 0))
	equal(t, "hits", twice.hits(), 2)
	found := values(t, topic, 2)
	slices.Sort(found)
	equal(t, "records", found[0]+" "+found[1], "other patient")
}

func TestErrorInAFetch(t *testing.T) {
	topic := newTopic(t)
	check(t, send(t, client(t), topic, "a", 0))
	fault := on(t, object{"api": "Fetch", "topic": topic, "error": "NOT_LEADER_OR_FOLLOWER", "times": 3})
	equal(t, "what is read behind the errors", next(t, client(t, kgo.ConsumeTopics(topic)), 20*time.Second), "a")
	equal(t, "hits", fault.hits(), 3)
}

func TestDelay(t *testing.T) {
	topic := newTopic(t)
	check(t, send(t, client(t), topic, "a", 0))
	fault := on(t, object{"api": "Fetch", "clientId": "billing-" + topic, "delayMs": 1500})
	slow := client(t, kgo.ClientID("billing-"+topic), kgo.ConsumeTopics(topic))
	equal(t, "the one that is slowed down has read", next(t, slow, 700*time.Millisecond), "")
	equal(t, "another one reads", next(t, client(t, kgo.ConsumeTopics(topic)), 20*time.Second), "a")
	fault.end()
	equal(t, "it reads", next(t, slow, 20*time.Second), "a")
}

func TestLostAnswer(t *testing.T) {
	topic := newTopic(t)
	fault := on(t, object{"api": "Produce", "topic": topic, "drop": "response", "times": 1})
	check(t, send(t, client(t), topic, "once", 0))
	fault.hit(1)
	check(t, send(t, client(t), topic, "end", 0))
	found := values(t, topic, 2)
	equal(t, "an idempotent producer's records", found[0]+" "+found[1], "once end")
	end := on(t, object{"api": "EndTxn", "transactionalId": "tx-" + topic, "drop": "response", "times": 1})
	writer := client(t, kgo.TransactionalID("tx-"+topic))
	check(t, writer.BeginTransaction())
	check(t, send(t, writer, topic, "committed", 1))
	check(t, writer.EndTransaction(within(t), kgo.TryCommit))
	end.hit(1)
	equal(t, "the committed", values(t, topic, 3)[2], "committed")
}

func TestLostRequest(t *testing.T) {
	topic := newTopic(t)
	fault := on(t, object{"api": "Produce", "topic": topic, "drop": "request", "times": 1})
	if err := send(t, client(t, kgo.RecordRetries(0), kgo.DisableIdempotentWrite()), topic, "never", 0); err == nil {
		t.Fatal("a lost request was answered")
	}
	fault.hit(1)
	check(t, send(t, client(t), topic, "a", 0))
	equal(t, "what is there", values(t, topic, 1)[0], "a")
}

func TestHold(t *testing.T) {
	topic := newTopic(t)
	check(t, send(t, client(t), topic, "a", 0))
	gate := on(t, object{"api": "JoinGroup", "groupId": "held-" + topic, "hold": true})
	member := client(t, kgo.ConsumerGroup("held-"+topic), kgo.ConsumeTopics(topic))
	equal(t, "read before it has joined", next(t, member, 500*time.Millisecond), "")
	gate.hit(1)
	gate.end()
	equal(t, "read", next(t, member, 20*time.Second), "a")
}

func TestThrottle(t *testing.T) {
	topic := newTopic(t)
	writer := client(t, kgo.DisableIdempotentWrite())
	check(t, send(t, writer, topic, "a", 0))
	fault := on(t, object{"api": "Produce", "topic": topic, "throttleMs": 400, "chance": 1, "seed": 42})
	before := time.Now()
	check(t, send(t, writer, topic, "b", 0))
	check(t, send(t, writer, topic, "c", 0))
	if took := time.Since(before); took < 350*time.Millisecond {
		t.Fatalf("the second one took %v", took)
	}
	fault.hit(2)
}

func TestReply(t *testing.T) {
	fault := on(t, object{"api": "Metadata", "reply": object{"controllerId": -1}})
	found, err := kadm.NewClient(client(t)).BrokerMetadata(within(t))
	check(t, err)
	equal(t, "controller", found.Controller, -1)
	fault.end()
	found, err = kadm.NewClient(client(t)).BrokerMetadata(within(t))
	check(t, err)
	equal(t, "controller", found.Controller, 1)
}

func TestNetworkAndCuts(t *testing.T) {
	topic := newTopic(t)
	writer := client(t, kgo.ClientID("cut-"+topic))
	check(t, send(t, writer, topic, "a", 0))
	type made struct {
		ID string `json:"id"`
	}
	condition := decoded[made](t, ask(t, "POST", "/network", object{"latencyMs": 300, "jitterMs": 5, "bytesPerSecond": 1_000_000})).ID
	before := time.Now()
	check(t, send(t, writer, topic, "b", 0))
	if took := time.Since(before); took < 290*time.Millisecond {
		t.Fatalf("it took %v", took)
	}
	ask(t, "DELETE", "/network/"+condition, nil)
	type count struct {
		Count int `json:"count"`
	}
	if decoded[count](t, ask(t, "POST", "/cut", object{"clientId": "cut-" + topic})).Count == 0 {
		t.Fatal("no connection was cut")
	}
	check(t, send(t, writer, topic, "c", 0))
}

func TestFullDisk(t *testing.T) {
	topic := newTopic(t)
	type made struct {
		ID string `json:"id"`
	}
	fault := decoded[made](t, ask(t, "POST", "/disk", object{"error": "ENOSPC", "path": topic})).ID
	impatient := client(t, kgo.RecordRetries(1), kgo.DisableIdempotentWrite())
	if err := send(t, impatient, topic, "refused", 0); err == nil {
		t.Fatal("a full disk took a record")
	}
	ask(t, "DELETE", "/disk/"+fault, nil)
	check(t, send(t, client(t), topic, "a", 0))
	equal(t, "what is there", values(t, topic, 1)[0], "a")
}

func TestSlowDisk(t *testing.T) {
	topic := newTopic(t)
	writer := client(t)
	check(t, send(t, writer, topic, "a", 0))
	type made struct {
		ID string `json:"id"`
	}
	fault := decoded[made](t, ask(t, "POST", "/disk", object{"stallMs": 700, "path": topic + ".*log$"})).ID
	before := time.Now()
	check(t, send(t, writer, topic, "b", 0))
	if took := time.Since(before); took < 700*time.Millisecond {
		t.Fatalf("it took %v", took)
	}
	ask(t, "DELETE", "/disk/"+fault, nil)
	check(t, send(t, writer, topic, "c", 0))
	equal(t, "the last", values(t, topic, 3)[2], "c")
}

func TestFencedTransaction(t *testing.T) {
	topic := newTopic(t)
	fault := on(t, object{"api": "EndTxn", "transactionalId": "fenced-" + topic, "error": "INVALID_PRODUCER_EPOCH"})
	writer := client(t, kgo.TransactionalID("fenced-"+topic))
	check(t, writer.BeginTransaction())
	check(t, send(t, writer, topic, "never", 0))
	if err := writer.EndTransaction(within(t), kgo.TryCommit); !errors.Is(err, kerr.InvalidProducerEpoch) && !errors.Is(err, kerr.ProducerFenced) {
		t.Fatalf("the end was answered with %v", err)
	}
	fault.end()
	again := client(t, kgo.TransactionalID("fenced-"+topic))
	check(t, again.BeginTransaction())
	check(t, send(t, again, topic, "after", 0))
	check(t, again.EndTransaction(within(t), kgo.TryCommit))
	equal(t, "the committed", values(t, topic, 1)[0], "after")
}

func TestMoves(t *testing.T) {
	topic := newTopic(t)
	writer := client(t)
	check(t, send(t, writer, topic, "a", 0))
	member := client(t, kgo.ConsumerGroup("moved-"+topic), kgo.ConsumeTopics(topic), kgo.HeartbeatInterval(100*time.Millisecond))
	equal(t, "read", next(t, member, 20*time.Second), "a")
	ask(t, "POST", "/groups/moved-"+topic+"/move-coordinator", nil)
	ask(t, "POST", "/topics/"+topic+"/partitions/0/change-leader-epoch", nil)
	check(t, send(t, writer, topic, "b", 0))
	equal(t, "read behind the moves", next(t, member, 20*time.Second), "b")
	check(t, member.CommitUncommittedOffsets(within(t)))
	ask(t, "GET", "/groups/moved-"+topic+"/caught-up", nil)
}
