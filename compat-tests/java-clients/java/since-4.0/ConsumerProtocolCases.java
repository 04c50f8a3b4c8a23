import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;

/** Groups whose partitions the broker assigns (KIP-848). */
final class ConsumerProtocolCases {
    private static final Map<String, String> PROTOCOL = Map.of("group.protocol", "consumer");

    static void commits(Session session) throws Exception {
        var features = AdminCases.admin(session).describeFeatures().featureMetadata().get().finalizedFeatures();
        Session.equal((int) features.get("group.version").maxVersionLevel(), 1);
        String topic = session.topic(2, Map.of());
        session.send(topic, "new", 50, Map.of());
        Map<String, String> config = Map.of("group.id", session.unique("group"), "group.protocol", "consumer");
        try (KafkaConsumer<String, String> consumer = session.consumer(config)) {
            consumer.subscribe(List.of(topic));
            Session.equal(session.poll(consumer, 50).size(), 50);
            consumer.commitSync();
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(45, "by hand")));
            Session.equal(Committed.of(consumer, partition).metadata(), "by hand");
        }
        KafkaConsumer<String, String> next = session.consumer(config);
        next.subscribe(List.of(topic));
        Session.equal(session.poll(next, 5).get(0).offset(), 45L);
    }

    static void rebalances(Session session) throws Exception {
        ConsumerCases.rebalance(session, PROTOCOL);
        ConsumerCases.rebalance(session, Map.of("group.protocol", "consumer", "group.remote.assignor", "range"));
    }

    /** The broker knows which topics match. */
    static void pattern(Session session) throws Exception {
        String family = session.unique("family");
        session.send(family + ".a", "a", 1, Map.of());
        session.send(family + ".b", "b", 1, Map.of());
        Map<String, String> config = Map.of("group.id", session.unique("group"), "group.protocol", "consumer");
        KafkaConsumer<String, String> consumer = session.consumer(config);
        consumer.subscribe(new SubscriptionPattern(family + "\\..+"));
        Session.equal(session.poll(consumer, 2).size(), 2);
        consumer.commitSync();
        session.send(family + ".c", "new", 1, Map.of());
        Session.equal(session.poll(consumer, 1).get(0).value(), "new-0");
    }

    /** A name that is in use is refused; who comes back under it has its partitions again. */
    static void staticMembers(Session session) throws Exception {
        String topic = session.topic(2, Map.of());
        Map<String, String> config =
            Map.of("group.id", session.unique("group"), "group.protocol", "consumer", "group.instance.id", "instance");
        KafkaConsumer<String, String> first = session.consumer(config);
        first.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(first), 2);
        KafkaConsumer<String, String> usurper = session.consumer(config);
        usurper.subscribe(List.of(topic));
        Session.fails(UnreleasedInstanceIdException.class, () -> session.poll(usurper, 1));
        usurper.close(Duration.ZERO);
        first.close();
        KafkaConsumer<String, String> second = session.consumer(config);
        second.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(second), 2);
    }

    static void described(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        String group = session.unique("group");
        KafkaConsumer<String, String> consumer =
            session.consumer(Map.of("group.id", group, "group.protocol", "consumer"));
        consumer.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(consumer), 1);
        var description = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        Session.equal(List.of(description.type().toString(), description.members().size()), List.of("Consumer", 1));
        Session.isTrue(admin.listGroups().all().get().stream().anyMatch(
            one -> one.groupId().equals(group) && one.type().orElseThrow().toString().equals("Consumer")), "listed");
    }
}
