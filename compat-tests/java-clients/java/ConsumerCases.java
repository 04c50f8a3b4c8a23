import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;

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
        Session.equal(consumer.currentLag(partition).orElse(-1), 0L);
        consumer.seekToBeginning(List.of(partition));
        Session.equal(session.poll(consumer, 10).size(), 10);
        consumer.seek(partition, 100);
        Session.fails(OffsetOutOfRangeException.class, () -> session.poll(consumer, 1));
    }

    static void commits(Session session) throws Exception {
        String topic = session.topic(2, Map.of());
        session.send(topic, "work", 100, Map.of());
        String group = session.unique("group");
        TopicPartition first = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group))) {
            consumer.subscribe(List.of(topic));
            Session.equal(session.poll(consumer, 100).size(), 100);
            consumer.commitSync(Map.of(first, new OffsetAndMetadata(7, "by hand")));
            consumer.commitAsync();
            consumer.commitSync();
            Session.equal(consumer.committed(Set.of(first)).get(first).offset(), consumer.position(first));
            consumer.commitSync(Map.of(first, new OffsetAndMetadata(7, "by hand")));
            Session.equal(consumer.committed(Set.of(first)).get(first).metadata(), "by hand");
        }
        KafkaConsumer<String, String> next = session.consumer(Map.of("group.id", group));
        next.subscribe(List.of(topic));
        ConsumerRecord<String, String> record = session.poll(next, 1).get(0);
        Session.equal(List.of(record.partition(), record.offset()), List.of(0, 7L));
    }

    static void rebalances(Session session) throws Exception {
        for (String assignor : List.of("RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor")) {
            String topic = session.topic(6, Map.of());
            Map<String, String> config = Map.of("group.id", session.unique("group"), "heartbeat.interval.ms", "200",
                "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor);
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
    }

    /** Polls all members until they share all partitions evenly. */
    private static void settle(List<KafkaConsumer<String, String>> members, int partitions) {
        Session.eventually("an even share", () -> {
            Set<TopicPartition> all = new HashSet<>();
            boolean even = true;
            for (KafkaConsumer<String, String> member : members) {
                member.poll(Duration.ofMillis(50));
                all.addAll(member.assignment());
                even &= member.assignment().size() == partitions / members.size();
            }
            return even && all.size() == partitions;
        });
    }

    static void staticMembers(Session session) throws Exception {
        String topic = session.topic(2, Map.of());
        Map<String, String> config = Map.of("group.id", session.unique("group"), "group.instance.id", "instance",
            "heartbeat.interval.ms", "200");
        KafkaConsumer<String, String> first = session.consumer(config);
        first.subscribe(List.of(topic));
        Session.eventually("the assignment", () -> {
            first.poll(Duration.ofMillis(100));
            return first.assignment().size() == 2;
        });
        int generation = first.groupMetadata().generationId();
        first.close();
        KafkaConsumer<String, String> second = session.consumer(config);
        second.subscribe(List.of(topic));
        Session.eventually("the same assignment", () -> {
            second.poll(Duration.ofMillis(100));
            return second.assignment().size() == 2;
        });
        Session.equal(second.groupMetadata().generationId(), generation);
        KafkaConsumer<String, String> usurper = session.consumer(config);
        usurper.subscribe(List.of(topic));
        usurper.poll(Duration.ofSeconds(2));
        Session.fails(FencedInstanceIdException.class, () -> {
            for (int i = 0; i < 100; i++) second.poll(Duration.ofMillis(100));
            return null;
        });
    }

    static void patternAndPause(Session session) throws Exception {
        String family = session.unique("family");
        session.send(family + ".a", "a", 1, Map.of());
        session.send(family + ".b", "b", 1, Map.of());
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", session.unique("group")));
        consumer.subscribe(Pattern.compile(family + "\\..*"));
        Session.equal(session.poll(consumer, 2).size(), 2);
        TopicPartition paused = new TopicPartition(family + ".a", 0);
        consumer.pause(List.of(paused));
        session.send(family + ".a", "quiet", 1, Map.of());
        session.send(family + ".b", "loud", 1, Map.of());
        Session.equal(session.poll(consumer, 1).get(0).value(), "loud-0");
        Session.isTrue(consumer.poll(Duration.ofMillis(300)).isEmpty(), "a paused partition is silent");
        consumer.resume(Collections.singleton(paused));
        Session.equal(session.poll(consumer, 1).get(0).value(), "quiet-0");
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

    static void consumerProtocol(Session session) throws Exception {
        var features = session.admin().describeFeatures().featureMetadata().get().finalizedFeatures();
        Session.equal((int) features.get("group.version").maxVersionLevel(), 1);
        String topic = session.topic(2, Map.of());
        session.send(topic, "new", 50, Map.of());
        KafkaConsumer<String, String> consumer =
            session.consumer(Map.of("group.id", session.unique("group"), "group.protocol", "consumer"));
        consumer.subscribe(List.of(topic));
        Session.equal(session.poll(consumer, 50).size(), 50);
        consumer.commitSync();
    }
}
