import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The records that a share consumer gets, and the fate of its acknowledgements (KIP-932). */
final class ShareConsumerCases {
    /** The broker of these cases has it from `group.share.record.lock.duration.ms`. */
    private static final int LOCK_MS = 3_000;

    static void implicit(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = share.topicOf(100);
        KafkaShareConsumer<String, String> consumer = share.member(topic);
        List<ConsumerRecord<String, String>> records = ShareSession.take(consumer, 100);
        Session.equal(ShareSession.offsets(records), range(0, 100));
        for (var record : records) Session.equal(List.of(record.value(), ShareSession.deliveries(record)), List.of("v-" + record.offset(), 1));
        consumer.poll(Duration.ZERO);
        ShareSession.commit(consumer);
        share.lagBecomes(topic, 0);
        Session.equal(consumer.acquisitionLockTimeoutMs().orElseThrow(), LOCK_MS);
        ShareSession.nothing(consumer);
    }

    static void explicit(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = share.topicOf(6);
        KafkaShareConsumer<String, String> consumer = share.explicit(topic);
        var records = ShareSession.take(consumer, 6);
        Session.fails(IllegalStateException.class, () -> consumer.poll(Duration.ZERO));
        AcknowledgeType[] types = {AcknowledgeType.ACCEPT, AcknowledgeType.RELEASE, AcknowledgeType.REJECT};
        for (var record : records) consumer.acknowledge(record, types[(int) record.offset() % 3]);
        ShareSession.commit(consumer);
        var again = ShareSession.take(consumer, 2);
        Session.equal(ShareSession.offsets(again), List.of(1L, 4L));
        for (var record : again) {
            Session.equal(ShareSession.deliveries(record), 2);
            consumer.acknowledge(record);
        }
        ShareSession.commit(consumer);
        share.lagBecomes(topic, 0);
        ShareSession.nothing(consumer);
    }

    /** A record whose lock is renewed stays with its member beyond the lock; one that is not goes to another. */
    static void renew(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = share.topicOf(2);
        KafkaShareConsumer<String, String> slow = share.explicit(topic);
        var records = ShareSession.take(slow, 2);
        KafkaShareConsumer<String, String> other = share.explicit(topic);
        List<Long> stolen = new ArrayList<>();
        long until = System.nanoTime() + 2 * LOCK_MS * 1_000_000L;
        ConsumerRecord<String, String> held = records.get(0);
        slow.acknowledge(records.get(1), AcknowledgeType.RELEASE);
        while (System.nanoTime() < until) {
            slow.acknowledge(held, AcknowledgeType.RENEW);
            ShareSession.commit(slow);
            held = ShareSession.take(slow, 1).get(0);
            for (var record : other.poll(Duration.ofMillis(LOCK_MS / 6))) {
                stolen.add(record.offset());
                other.acknowledge(record);
            }
        }
        Session.equal(stolen, List.of(1L));
        ShareSession.commit(other);
        slow.acknowledge(held);
        ShareSession.commit(slow);
        share.lagBecomes(topic, 0);
    }

    /** The lock of one who does nothing ends: another gets the record, and the first one's word counts no more. */
    static void lockEnds(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = share.topicOf(1);
        KafkaShareConsumer<String, String> late = share.explicit(topic);
        var record = ShareSession.take(late, 1).get(0);
        KafkaShareConsumer<String, String> other = share.explicit(topic);
        var again = ShareSession.take(other, 1).get(0);
        Session.isTrue(ShareSession.deliveries(again) >= 2, "delivered once more: " + again);
        late.acknowledge(record);
        var answers = List.copyOf(late.commitSync().values());
        Session.equal(answers.get(0).orElseThrow().getClass(), InvalidRecordStateException.class);
        other.acknowledge(again);
        ShareSession.commit(other);
        share.lagBecomes(topic, 0);
    }

    /** A record that is given back as often as the limit allows is given up. */
    static void deliveryLimit(Session session) throws Exception {
        ShareSession share = new ShareSession(session, Map.of("share.delivery.count.limit", "3"));
        String topic = share.topicOf(1);
        KafkaShareConsumer<String, String> consumer = share.explicit(topic);
        for (int count = 1; count <= 3; count++) {
            var record = ShareSession.take(consumer, 1).get(0);
            Session.equal(ShareSession.deliveries(record), count);
            consumer.acknowledge(record, AcknowledgeType.RELEASE);
            ShareSession.commit(consumer);
        }
        ShareSession.nothing(consumer);
        share.lagBecomes(topic, 0);
    }

    /** Records of transactions that were aborted are seen by groups of read_uncommitted alone. */
    static void isolation(Session session) throws Exception {
        String topic = session.topic();
        KafkaProducer<String, String> producer = session.producer(Map.of("transactional.id", session.unique("id")));
        producer.initTransactions();
        for (String word : List.of("a", "aborted", "b")) {
            producer.beginTransaction();
            for (int i = 0; i < 3; i++) producer.send(new ProducerRecord<>(topic, 0, "k", word));
            if (word.equals("aborted")) {
                producer.flush();
                producer.abortTransaction();
            } else producer.commitTransaction();
        }
        ShareSession committed = new ShareSession(session, Map.of("share.isolation.level", "read_committed"));
        KafkaShareConsumer<String, String> reader = committed.explicit(topic);
        var records = ShareSession.take(reader, 6);
        Session.equal(values(records), List.of("a", "a", "a", "b", "b", "b"));
        for (var record : records) reader.acknowledge(record);
        ShareSession.commit(reader);
        ShareSession.nothing(reader);
        ShareSession all = new ShareSession(session);
        Session.equal(values(ShareSession.take(all.member(topic), 9)).size(), 9);
        // The third transaction is open: nobody who reads committed records alone sees it before its end.
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 0, "k", "open"));
        producer.flush();
        ShareSession.nothing(reader);
        producer.commitTransaction();
        Session.equal(values(ShareSession.take(reader, 1)), List.of("open"));
    }

    /** Whole batches by default; by the record where the group's member asks for that (KIP-1206). */
    static void acquireModes(Session session) throws Exception {
        String topic = session.topic();
        session.send(topic, "v", 40, Map.of("linger.ms", "300", "batch.size", "100000"));
        ShareSession exact = new ShareSession(session);
        Map<String, String> limit = Map.of("share.acquire.mode", "record_limit", "max.poll.records", "7");
        KafkaShareConsumer<String, String> first = exact.explicit(topic, limit);
        var records = ShareSession.next(first);
        Session.equal(ShareSession.offsets(records), range(0, 7));
        KafkaShareConsumer<String, String> second = exact.explicit(topic, limit);
        Session.equal(ShareSession.offsets(ShareSession.next(second)), range(7, 14));
        ShareSession optimized = new ShareSession(session);
        KafkaShareConsumer<String, String> whole = optimized.explicit(topic, Map.of("max.poll.records", "7"));
        Session.equal(ShareSession.offsets(ShareSession.next(whole)).get(0), 0L);
        KafkaShareConsumer<String, String> none = optimized.explicit(topic, Map.of("max.poll.records", "7"));
        ShareSession.nothing(none);
    }

    /** The latest records, all of them, or those that are not older than a duration. */
    static void offsetReset(Session session) throws Exception {
        String topic = session.topic();
        KafkaProducer<String, String> producer = session.producer(Map.of());
        long hourAgo = System.currentTimeMillis() - 3_600_000;
        for (int i = 0; i < 3; i++) producer.send(new ProducerRecord<>(topic, 0, hourAgo, "k", "old")).get();
        producer.send(new ProducerRecord<>(topic, 0, "k", "young")).get();
        ShareSession recent = new ShareSession(session, Map.of("share.auto.offset.reset", "by_duration:PT10M"));
        Session.equal(ShareSession.offsets(ShareSession.take(recent.member(topic), 1)), List.of(3L));
        ShareSession latest = new ShareSession(session, Map.of("share.auto.offset.reset", "latest"));
        KafkaShareConsumer<String, String> member = latest.member(topic);
        List<Long> seen = new ArrayList<>();
        Session.eventually("a new record", () -> {
            producer.send(new ProducerRecord<>(topic, 0, "k", "newest"));
            seen.addAll(ShareSession.offsets(member.poll(Duration.ofMillis(200))));
            return !seen.isEmpty();
        });
        Session.isTrue(seen.get(0) >= 4, "an old record came first: " + seen);
    }

    /** Members share the records of one partition; who leaves with records in hand leaves them to the others. */
    static void sharing(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = session.topic();
        Map<String, String> limit = Map.of("share.acquire.mode", "record_limit", "max.poll.records", "5");
        KafkaShareConsumer<String, String> leaver = share.explicit(topic, limit);
        List<KafkaShareConsumer<String, String>> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) members.add(share.member(topic, limit));
        Session.eventually("four members", () -> {
            leaver.poll(Duration.ofMillis(20));
            for (var member : members) member.poll(Duration.ofMillis(20));
            return share.assignedMembers() == 4;
        });
        session.send(topic, "v", 100, Map.of());
        Set<Long> left = new HashSet<>(ShareSession.offsets(ShareSession.next(leaver)));
        leaver.close();
        Map<Long, Integer> deliveries = new TreeMap<>();
        Set<Integer> workers = new TreeSet<>();
        Session.eventually("all records", () -> {
            for (int i = 0; i < members.size(); i++) {
                for (var record : members.get(i).poll(Duration.ofMillis(50))) {
                    workers.add(i);
                    Session.isTrue(deliveries.put(record.offset(), ShareSession.deliveries(record)) == null, "twice: " + record);
                }
            }
            return deliveries.size() == 100;
        });
        Session.equal(workers, Set.of(0, 1, 2));
        deliveries.forEach((offset, count) -> Session.equal(count, left.contains(offset) ? 2 : 1));
        for (var member : members) ShareSession.commit(member);
        share.lagBecomes(topic, 0);
    }

    /** Acknowledgements that nobody waits for are told to a callback. */
    static void callbacks(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = share.topicOf(10);
        KafkaShareConsumer<String, String> consumer = share.explicit(topic);
        Set<Long> acknowledged = new TreeSet<>();
        List<Exception> failures = new ArrayList<>();
        consumer.setAcknowledgementCommitCallback((offsets, failure) -> {
            if (failure != null) failures.add(failure);
            offsets.values().forEach(acknowledged::addAll);
        });
        for (var record : ShareSession.take(consumer, 10)) consumer.acknowledge(record);
        consumer.commitAsync();
        Session.eventually("the callback", () -> {
            consumer.poll(Duration.ofMillis(50));
            return acknowledged.size() == 10;
        });
        Session.equal(failures, List.of());
        share.lagBecomes(topic, 0);
    }

    /** A record that cannot be read is acknowledged by its offset, and the others come. */
    static void unreadable(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = share.topicOf(3);
        var properties = session.properties(Map.of("group.id", share.group, "share.acknowledgement.mode", "explicit"));
        KafkaShareConsumer<String, String> consumer = session.keep(new KafkaShareConsumer<>(
            properties, new StringDeserializer(), (name, bytes) -> {
                String value = new String(bytes);
                if (value.equals("v-1")) throw new SerializationException("poison");
                return value;
            }));
        consumer.subscribe(List.of(topic));
        List<String> seen = new ArrayList<>();
        Session.eventually("two records and a failure", () -> {
            try {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    seen.add(record.value());
                    consumer.acknowledge(record);
                }
            } catch (RecordDeserializationException failure) {
                seen.add("failed at " + failure.offset());
                consumer.acknowledge(topic, 0, failure.offset(), AcknowledgeType.REJECT);
            }
            return seen.size() >= 3;
        });
        ShareSession.commit(consumer);
        Session.equal(seen, List.of("v-0", "failed at 1", "v-2"));
        ShareSession.nothing(consumer);
    }

    /** So many records of a partition are in flight, and no more. */
    static void recordLocks(Session session) throws Exception {
        ShareSession share = new ShareSession(
            session, Map.of("share.partition.max.record.locks", "100", "share.record.lock.duration.ms", "60000"));
        String topic = session.topic();
        session.send(topic, "v", 300, Map.of("batch.size", "0"));
        KafkaShareConsumer<String, String> holder = share.explicit(topic);
        var held = ShareSession.next(holder);
        Session.equal(ShareSession.offsets(held), range(0, 100));
        KafkaShareConsumer<String, String> other = share.explicit(topic);
        ShareSession.nothing(other);
        for (var record : held) holder.acknowledge(record);
        ShareSession.commit(holder);
        Session.equal(ShareSession.offsets(ShareSession.next(other)), range(100, 200));
    }

    private static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    private static List<Long> range(long from, long end) {
        return LongStream.range(from, end).boxed().toList();
    }
}
