import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;

final class ConsumerCases {
    static void positions(Session session) throws Exception {
        String topic = session.topic();
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaProducer<String, String> producer = session.producer(Map.of());
        for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, 0, 1_000_000L + i * 10, "k", "" + i)).get();
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("auto.offset.reset", "none"));
        consumer.assign(List.of(partition));
        Session.equal(consumer.beginningOffsets(List.of(partition)), Map.of(partition, 0L));
        Session.equal(consumer.endOffsets(List.of(partition)), Map.of(partition, 10L));
        OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, 1_000_041L)).get(partition);
        Session.equal(List.of(found.offset(), found.timestamp()), List.of(5L, 1_000_050L));
        Session.isTrue(consumer.offsetsForTimes(Map.of(partition, 2_000_000L)).get(partition) == null, "no such time");
        consumer.seek(partition, 8);
        Session.equal(session.poll(consumer, 2).get(0).value(), "8");
        Session.equal(consumer.position(partition), 10L);
        consumer.seekToBeginning(List.of(partition));
        Session.equal(session.poll(consumer, 10).size(), 10);
        consumer.seekToEnd(List.of(partition));
        Session.equal(consumer.position(partition), 10L);
        consumer.seek(partition, 100);
        Session.fails(OffsetOutOfRangeException.class, () -> session.poll(consumer, 1));
    }

    static void commits(Session session) throws Exception {
        String topic = session.topic();
        session.send(topic, "work", 100, Map.of());
        String group = session.unique("group");
        TopicPartition first = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group))) {
            consumer.subscribe(List.of(topic));
            Session.equal(session.poll(consumer, 100).size(), 100);
            AtomicReference<Object> answer = new AtomicReference<>();
            consumer.commitAsync((offsets, failure) -> answer.set(failure == null ? offsets : failure));
            Session.eventually("the commit", () -> {
                Poll.of(consumer, 50);
                return answer.get() != null;
            });
            Session.isTrue(answer.get() instanceof Map, "committed: " + answer);
            Session.equal(Committed.of(consumer, first).offset(), 100L);
            consumer.commitSync(Map.of(first, new OffsetAndMetadata(7, "by hand")));
            Session.equal(Committed.of(consumer, first), new OffsetAndMetadata(7, "by hand"));
        }
        KafkaConsumer<String, String> next = session.consumer(Map.of("group.id", group));
        next.subscribe(List.of(topic));
        ConsumerRecord<String, String> record = session.poll(next, 1).get(0);
        Session.equal(List.of(record.partition(), record.offset()), List.of(0, 7L));
    }

    /** A consumer that assigns itself partitions commits to a group without members. */
    static void commitsWithoutMembers(Session session) throws Exception {
        String topic = session.topic();
        String group = session.unique("simple");
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group));
        consumer.assign(List.of(partition));
        Session.isTrue(Committed.of(consumer, partition) == null, "nothing is committed yet");
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(3, "")));
        Session.equal(Committed.of(consumer, partition).offset(), 3L);
    }

    static void rangeAndRoundRobin(Session session) throws Exception {
        rebalance(session, "RangeAssignor");
        rebalance(session, "RoundRobinAssignor");
    }

    static void sticky(Session session) throws Exception {
        rebalance(session, "StickyAssignor");
    }

    static void cooperative(Session session) throws Exception {
        rebalance(session, "CooperativeStickyAssignor");
    }

    private static void rebalance(Session session, String assignor) throws Exception {
        rebalance(session, Map.of("heartbeat.interval.ms", "200",
            "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor));
    }

    /** One member after the other joins, then one leaves. */
    static void rebalance(Session session, Map<String, String> protocol) throws Exception {
        String topic = session.topic(6, Map.of());
        Map<String, String> config = new HashMap<>(protocol);
        config.put("group.id", session.unique("group"));
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        for (int count = 1; count <= 3; count++) {
            KafkaConsumer<String, String> member = session.consumer(config);
            member.subscribe(List.of(topic));
            members.add(member);
            settle(members, 6);
        }
        members.remove(0).close();
        settle(members, 6);
        for (KafkaConsumer<String, String> member : members) member.close();
    }

    /** Each member polls in a thread of its own until they share all partitions evenly: an old client waits in its poll. */
    static void settle(List<KafkaConsumer<String, String>> members, int partitions) throws InterruptedException {
        Map<KafkaConsumer<String, String>, Set<TopicPartition>> assignments = new ConcurrentHashMap<>();
        AtomicBoolean isSettled = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (KafkaConsumer<String, String> member : members) {
            Thread thread = new Thread(() -> {
                while (!isSettled.get()) {
                    Poll.of(member, 50);
                    assignments.put(member, new HashSet<>(member.assignment()));
                }
            });
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        Session.eventually("an even share", () -> {
            Set<TopicPartition> all = new HashSet<>();
            boolean even = assignments.size() == members.size();
            for (Set<TopicPartition> assignment : assignments.values()) {
                all.addAll(assignment);
                even &= assignment.size() == partitions / members.size();
            }
            return even && all.size() == partitions;
        });
        isSettled.set(true);
        for (Thread thread : threads) thread.join();
    }

    /** One that takes too long over its records loses its partitions, and its commit is refused. */
    static void slowMember(Session session) throws Exception {
        String topic = session.topic();
        session.send(topic, "slow", 1, Map.of());
        Map<String, String> config = Map.of("group.id", session.unique("group"), "max.poll.interval.ms", "1000",
            "session.timeout.ms", "6000", "heartbeat.interval.ms", "200");
        KafkaConsumer<String, String> consumer = session.consumer(config);
        consumer.subscribe(List.of(topic));
        session.poll(consumer, 1);
        KafkaConsumer<String, String> other = session.consumer(config);
        other.subscribe(List.of(topic));
        Session.eventually("the partition", () -> {
            Poll.of(other, 100);
            return !other.assignment().isEmpty();
        });
        Session.fails(CommitFailedException.class, () -> {
            consumer.commitSync();
            return null;
        });
    }

    static void patternAndPause(Session session) throws Exception {
        String family = session.unique("family");
        session.send(family + ".a", "a", 1, Map.of());
        session.send(family + ".b", "b", 1, Map.of());
        KafkaConsumer<String, String> consumer =
            session.consumer(Map.of("group.id", session.unique("group"), "metadata.max.age.ms", "500"));
        List<TopicPartition> seen = new ArrayList<>();
        consumer.subscribe(Pattern.compile(Pattern.quote(family) + "\\..*"), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(java.util.Collection<TopicPartition> partitions) {}

            @Override
            public void onPartitionsAssigned(java.util.Collection<TopicPartition> partitions) {
                seen.addAll(partitions);
            }
        });
        Session.equal(session.poll(consumer, 2).size(), 2);
        Session.isTrue(seen.contains(new TopicPartition(family + ".b", 0)), "the listener hears of partitions");
        TopicPartition paused = new TopicPartition(family + ".a", 0);
        consumer.pause(List.of(paused));
        session.send(family + ".a", "quiet", 1, Map.of());
        session.send(family + ".b", "loud", 1, Map.of());
        Session.equal(session.poll(consumer, 1).get(0).value(), "loud-0");
        Session.isTrue(Poll.of(consumer, 300).isEmpty(), "a paused partition is silent");
        consumer.resume(Collections.singleton(paused));
        Session.equal(session.poll(consumer, 1).get(0).value(), "quiet-0");
        consumer.commitSync();
        session.send(family + ".c", "new", 1, Map.of());
        Session.equal(session.poll(consumer, 1).get(0).value(), "new-0");
    }

    static void autoCommit(Session session) throws Exception {
        String topic = session.topic();
        session.send(topic, "auto", 20, Map.of());
        Map<String, String> config = Map.of("group.id", session.unique("group"), "enable.auto.commit", "true",
            "auto.commit.interval.ms", "100", "max.poll.records", "5");
        try (KafkaConsumer<String, String> consumer = session.consumer(config)) {
            consumer.subscribe(List.of(topic));
            Session.equal(session.poll(consumer, 10).size(), 10);
        }
        KafkaConsumer<String, String> next = session.consumer(config);
        next.subscribe(List.of(topic));
        Session.equal(session.poll(next, 5).get(0).value(), "auto-10");
    }

    static void smallFetches(Session session) throws Exception {
        String topic = session.topic();
        session.send(topic, "x".repeat(1000), 50, Map.of("batch.size", "1"));
        Map<String, String> config = Map.of("max.partition.fetch.bytes", "2000", "fetch.max.bytes", "3000");
        KafkaConsumer<String, String> consumer = session.consumer(config);
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        Session.equal(session.poll(consumer, 50).get(49).offset(), 49L);
    }

    static void invalidTopic(Session session) {
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", session.unique("group")));
        consumer.subscribe(List.of("a b"));
        Session.fails(InvalidTopicException.class, () -> session.poll(consumer, 1));
    }

    static void missingOffsets(Session session) throws Exception {
        String topic = session.topic();
        KafkaConsumer<String, String> undecided =
            session.consumer(Map.of("group.id", session.unique("group"), "auto.offset.reset", "none"));
        undecided.subscribe(List.of(topic));
        Session.fails(NoOffsetForPartitionException.class, () -> session.poll(undecided, 1));
    }

    static void topics(Session session) throws Exception {
        String topic = session.topic();
        KafkaConsumer<String, String> consumer = session.consumer(Map.of());
        Session.isTrue(consumer.listTopics().containsKey(topic), "listed");
        Session.equal(consumer.partitionsFor(topic).get(0).leader().port(),
            Integer.parseInt(session.bootstrapServers.split(":")[1]));
    }

    private static KafkaConsumer<String, String> lasting;
    private static String lastingTopic;

    static void beforeRestart(Session session) throws Exception {
        lastingTopic = session.topic();
        session.send(lastingTopic, "before", 10, Map.of());
        Session own = new Session(session, "lasting");
        lasting = own.consumer(Map.of("group.id", session.unique("lasting")));
        lasting.subscribe(List.of(lastingTopic));
        Session.equal(session.poll(lasting, 10).size(), 10);
        lasting.commitSync();
    }

    /** The member finds its coordinator, its group and its offsets again, or joins anew: it misses and repeats nothing. */
    static void afterRestart(Session session) throws Exception {
        session.send(lastingTopic, "after", 10, Map.of());
        List<ConsumerRecord<String, String>> records = session.poll(lasting, 10);
        Session.equal(records.get(0).offset(), 10L);
        Session.equal(records.size(), 10);
        lasting.commitSync();
        lasting.close();
    }
}
