import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A share group for one case, and the clients of it; they are closed with the case. */
final class ShareSession {
    /** How long a poll that is expected to bring nothing waits. */
    static final Duration QUIET = Duration.ofMillis(1_000);

    final Session session;
    final Admin admin;
    final String group;

    /** The group begins with the earliest record. */
    ShareSession(Session session) throws Exception {
        this(session, Map.of());
    }

    /** The group begins with the earliest record, and takes its other configurations from `configs`. */
    ShareSession(Session session, Map<String, String> configs) throws Exception {
        this.session = session;
        this.group = session.unique("share");
        this.admin = session.keep(Admin.create(session.properties(Map.of())));
        Map<String, String> all = new HashMap<>(Map.of("share.auto.offset.reset", "earliest"));
        all.putAll(configs);
        configure(all);
    }

    void configure(Map<String, String> configs) throws Exception {
        List<AlterConfigOp> operations = new ArrayList<>();
        configs.forEach((key, value) -> operations.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), operations)).all().get();
    }

    /** A new topic of one partition with so many records, whose values are v-0, v-1 and so on. */
    String topicOf(int records) throws Exception {
        String topic = session.topic();
        session.send(topic, "v", records, Map.of());
        return topic;
    }

    KafkaShareConsumer<String, String> explicit(String topic) {
        return explicit(topic, Map.of());
    }

    KafkaShareConsumer<String, String> member(String topic) {
        return member(topic, Map.of());
    }

    /** A member that acknowledges by hand. */
    KafkaShareConsumer<String, String> explicit(String topic, Map<String, String> config) {
        Map<String, String> all = new HashMap<>(config);
        all.put("share.acknowledgement.mode", "explicit");
        return member(topic, all);
    }

    KafkaShareConsumer<String, String> member(String topic, Map<String, String> config) {
        Properties properties = session.properties(Map.of("group.id", group));
        properties.putAll(config);
        KafkaShareConsumer<String, String> consumer =
            session.keep(new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer()));
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    /** The next records that come; fails after 30 s. */
    static List<ConsumerRecord<String, String>> next(KafkaShareConsumer<String, String> consumer) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        Session.eventually("records", () -> {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            return !records.isEmpty();
        });
        return records;
    }

    /** Polls until so many records have come, which the implicit mode acknowledges one poll after the other. */
    static List<ConsumerRecord<String, String>> take(KafkaShareConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        while (records.size() < count) records.addAll(next(consumer));
        return records;
    }

    static void nothing(KafkaShareConsumer<String, String> consumer) {
        Session.equal(offsets(consumer.poll(QUIET)), List.of());
    }

    static List<Long> offsets(Iterable<ConsumerRecord<String, String>> records) {
        List<Long> offsets = new ArrayList<>();
        records.forEach(record -> offsets.add(record.offset()));
        return offsets;
    }

    /** How often the record has been delivered, this time included. */
    static int deliveries(ConsumerRecord<String, String> record) {
        return record.deliveryCount().orElseThrow();
    }

    /** Stores the acknowledgements; fails when one is refused. */
    static void commit(KafkaShareConsumer<String, String> consumer) {
        consumer.commitSync().forEach((partition, failure) -> {
            if (failure.isPresent()) throw new AssertionError(partition + " was refused", failure.get());
        });
    }

    /** How many members have a partition. */
    long assignedMembers() {
        try {
            var described = admin.describeShareGroups(List.of(group)).describedGroups().get(group).get();
            return described.members().stream().filter(one -> !one.assignment().topicPartitions().isEmpty()).count();
        } catch (ExecutionException | InterruptedException none) {
            // The first member begins the group.
            return 0;
        }
    }

    /**
     * How many records of the first partition are not done with; -1 where the group knows nothing of it. The start offset
     * says less: it is stored with the next change, after the one that moves it.
     */
    long lag(String topic) throws Exception {
        var spec = new ListShareGroupOffsetsSpec().topicPartitions(List.of(new TopicPartition(topic, 0)));
        var offsets = admin.listShareGroupOffsets(Map.of(group, spec)).partitionsToOffsetInfo(group).get();
        var info = offsets.get(new TopicPartition(topic, 0));
        return info == null ? -1L : info.lag().orElse(-1L);
    }

    void lagBecomes(String topic, long expected) {
        Session.eventually("a lag of " + expected, () -> {
            try {
                return lag(topic) == expected;
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
    }
}
