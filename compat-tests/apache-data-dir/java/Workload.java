import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.FileWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * `Workload bootstrap ledger seed round milliseconds timeout`: work of every kind that leaves something on disk, until the
 * time is over or the broker has not answered for the timeout. What was tried and what was acknowledged goes to the ledger, one JSON object a line.
 */
public final class Workload {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final Map<String, Map<String, String>> TOPICS = topics();
    private static final List<String> GROUPS = List.of("group-a", "group-b", "group-c");
    private static final int PARTITIONS = 2;

    private final String bootstrap;
    private final Random random;
    private final int round;
    private final int timeoutMs;
    private final BufferedWriter ledger;
    private final Admin admin;
    private final Map<String, KafkaProducer<String, String>> producers = new LinkedHashMap<>();
    private KafkaProducer<String, String> transactional;
    private int sends;
    private int transactions;
    /** Of a send: nothing more is to be had from the broker. */
    private volatile Exception failure;

    private Workload(String bootstrap, String ledger, long seed, int round, int timeoutMs) throws IOException {
        this.bootstrap = bootstrap;
        this.round = round;
        this.timeoutMs = timeoutMs;
        this.random = new Random(seed * 31 + round);
        this.ledger = new BufferedWriter(new FileWriter(ledger, true));
        this.admin = Admin.create(common());
    }

    public static void main(String[] args) throws Exception {
        Workload workload = new Workload(args[0], args[1], Long.parseLong(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[5]));
        try {
            workload.run(Long.parseLong(args[4]));
            System.out.println("done");
        } catch (KafkaException | ExecutionException error) {
            // The broker was killed: what the ledger has not as acknowledged may be there or not.
            System.out.println("ended by " + error);
        } finally {
            workload.close();
        }
    }

    /** Segments roll by size or by time, so that every kind of file comes about within seconds. */
    private static Map<String, Map<String, String>> topics() {
        Map<String, Map<String, String>> topics = new LinkedHashMap<>();
        topics.put("plain", Map.of("segment.bytes", "1048576", "index.interval.bytes", "1000"));
        topics.put("timed", Map.of("segment.ms", "300"));
        topics.put("compacted", Map.of("cleanup.policy", "compact", "segment.ms", "200", "min.cleanable.dirty.ratio", "0.01", "delete.retention.ms", "100"));
        topics.put("both", Map.of("cleanup.policy", "compact,delete", "segment.ms", "300", "min.cleanable.dirty.ratio", "0.1"));
        topics.put("retained", Map.of("retention.bytes", "1500000", "segment.bytes", "1048576"));
        topics.put("deleted", Map.of("segment.ms", "400"));
        topics.put("stamped", Map.of("message.timestamp.type", "LogAppendTime", "compression.type", "gzip"));
        topics.put("transactional", Map.of("segment.ms", "500", "index.interval.bytes", "200"));
        return topics;
    }

    private Properties common() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("request.timeout.ms", timeoutMs);
        properties.put("default.api.timeout.ms", timeoutMs);
        return properties;
    }

    private KafkaProducer<String, String> producer(Map<String, String> more) {
        Properties properties = common();
        properties.put("delivery.timeout.ms", timeoutMs + 1_000);
        properties.put("max.block.ms", 2L * timeoutMs);
        properties.put("linger.ms", "2");
        properties.putAll(more);
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    private void run(long milliseconds) throws Exception {
        if (round == 0) createTopics();
        for (String codec : CODECS) producers.put(codec, producer(Map.of("compression.type", codec)));
        producers.put("plain", producer(Map.of("enable.idempotence", "false", "acks", "1")));
        transactional = producer(Map.of("transactional.id", "transactional-" + random.nextInt(2), "compression.type", CODECS.get(random.nextInt(5))));
        transactional.initTransactions();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        while (System.nanoTime() < end) {
            step();
            if (failure != null) throw new KafkaException(failure);
        }
    }

    private void step() throws Exception {
        switch (random.nextInt(20)) {
            case 0, 1, 2 -> transaction();
            case 3 -> deleteRecords();
            case 4, 5 -> commitAsAdmin();
            case 6, 7 -> commitAsConsumer();
            case 8 -> alterConfig();
            case 9 -> changeTopic();
            default -> produce();
        }
    }

    private void createTopics() throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        TOPICS.forEach((name, configs) -> topics.add(new NewTopic(name, PARTITIONS, (short) 1).configs(configs)));
        admin.createTopics(topics).all().get();
        TOPICS.forEach((name, configs) -> write("topic", "topic", name, "configs", configs));
    }

    private void produce() {
        String topic = any(new ArrayList<>(TOPICS.keySet()));
        KafkaProducer<String, String> producer = any(new ArrayList<>(producers.values()));
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count && failure == null; i++) send(producer, topic, null);
        producer.flush();
    }

    /** The record's id stands at the beginning of its value; a tombstone is known by its offset alone. */
    private void send(KafkaProducer<String, String> producer, String topic, Integer transaction) {
        String id = round + "." + sends++;
        boolean compacted = topic.equals("compacted") || topic.equals("both");
        String key = compacted ? "key " + random.nextInt(30) : random.nextInt(4) == 0 ? null : "key " + random.nextInt(1000);
        boolean tombstone = compacted && random.nextInt(8) == 0;
        String value = tombstone ? null : id + "|" + filling();
        int partition = random.nextInt(PARTITIONS);
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, partition, key, value);
        if (random.nextInt(5) == 0) record.headers().add("header", id.getBytes()).add("empty", null);
        write("send", "id", id, "topic", topic, "partition", partition, "key", key, "value", value, "transaction", transaction);
        producer.send(record, (metadata, error) -> {
            if (error == null) write("ack", "id", id, "offset", metadata.offset(), "timestamp", metadata.timestamp());
            else if (!(error instanceof TransactionAbortedException)) failure = error;
        });
    }

    private String filling() {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(1_500);
        while (text.length() < length) text.append(random.nextInt(3) == 0 ? Long.toString(random.nextLong(), 36) : "the same again ");
        return text.toString();
    }

    private void transaction() {
        int number = round * 1_000_000 + transactions++;
        transactional.beginTransaction();
        List<String> topics = List.of("transactional", "plain", "compacted", "timed");
        int count = 1 + random.nextInt(20);
        for (int i = 0; i < count && failure == null; i++) send(transactional, random.nextInt(3) == 0 ? any(topics) : "transactional", number);
        boolean commit = random.nextInt(3) != 0;
        if (random.nextInt(3) == 0) sendOffsets(number, commit);
        write("ending", "transaction", number, "commit", commit);
        if (commit) transactional.commitTransaction();
        else transactional.abortTransaction();
        write("ended", "transaction", number, "commit", commit);
    }

    private void sendOffsets(int number, boolean commit) {
        String group = "group-of-transactions";
        TopicPartition partition = new TopicPartition(any(new ArrayList<>(TOPICS.keySet())), random.nextInt(PARTITIONS));
        OffsetAndMetadata offset = new OffsetAndMetadata(random.nextInt(1000), "in " + number);
        writeOffset("offset", group, partition, offset, number);
        transactional.sendOffsetsToTransaction(Map.of(partition, offset), new ConsumerGroupMetadata(group));
    }

    private void deleteRecords() throws Exception {
        TopicPartition partition = new TopicPartition("deleted", random.nextInt(PARTITIONS));
        long end = admin.listOffsets(Map.of(partition, org.apache.kafka.clients.admin.OffsetSpec.latest())).partitionResult(partition).get().offset();
        long before = (long) (random.nextDouble() * end);
        write("deleting", "topic", partition.topic(), "partition", partition.partition(), "before", before);
        long start = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).lowWatermarks().get(partition).get().lowWatermark();
        write("deleted", "topic", partition.topic(), "partition", partition.partition(), "start", start, "round", round);
    }

    private void commitAsAdmin() throws Exception {
        String group = any(GROUPS);
        TopicPartition partition = new TopicPartition(any(new ArrayList<>(TOPICS.keySet())), random.nextInt(PARTITIONS));
        OffsetAndMetadata offset = new OffsetAndMetadata(random.nextInt(1000), "round " + round + " ✓");
        writeOffset("offset", group, partition, offset, null);
        admin.alterConsumerGroupOffsets(group, Map.of(partition, offset)).all().get();
        writeOffset("committed", group, partition, offset, null);
    }

    private void commitAsConsumer() {
        Properties properties = common();
        properties.put("group.id", any(GROUPS));
        TopicPartition partition = new TopicPartition(any(new ArrayList<>(TOPICS.keySet())), random.nextInt(PARTITIONS));
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
        try {
            consumer.assign(Set.of(partition));
            OffsetAndMetadata offset = new OffsetAndMetadata(random.nextInt(1000));
            writeOffset("offset", properties.getProperty("group.id"), partition, offset, null);
            consumer.commitSync(Map.of(partition, offset), Duration.ofMillis(timeoutMs));
            writeOffset("committed", properties.getProperty("group.id"), partition, offset, null);
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private void alterConfig() throws Exception {
        String topic = any(new ArrayList<>(TOPICS.keySet()));
        String name = any(List.of("retention.ms", "max.message.bytes", "flush.messages"));
        String value = random.nextInt(4) == 0 ? null : Long.toString(100_000_000L + random.nextInt(1000));
        AlterConfigOp op = new AlterConfigOp(new ConfigEntry(name, value), value == null ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET);
        write("config", "topic", topic, "name", name, "value", value);
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(op))).all().get();
        write("configured", "topic", topic, "name", name, "value", value);
    }

    /** A topic that comes and goes, and comes back with another number of partitions: another one of the same name each time. */
    private void changeTopic() throws Exception {
        String name = "fleeting";
        int before = partitionsOf(name);
        int partitions = before;
        if (before == 0) {
            partitions = 1 + random.nextInt(3);
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(Map.of("segment.ms", "200")))).all().get();
        } else if (random.nextInt(3) == 0) {
            partitions = 0;
            admin.deleteTopics(List.of(name)).all().get();
        } else if (before < 6) {
            partitions = before + 1;
            admin.createPartitions(Map.of(name, NewPartitions.increaseTo(partitions))).all().get();
        }
        awaitPartitions(name, partitions);
        if (before > 0 && partitions > 0) fill(name);
    }

    /**
     * By a producer of its own: one that has known the topic before it was deleted would hold records for a partition that
     * the new one has not, until they expire.
     */
    private void fill(String topic) {
        try (KafkaProducer<String, String> producer = producer(Map.of("enable.idempotence", "false", "acks", "1"))) {
            for (int i = 0; i < 20 && failure == null; i++) {
                producer.send(new ProducerRecord<>(topic, null, filling()), (metadata, error) -> {
                    if (error != null) failure = error;
                });
            }
        }
    }

    /** What the controller has answered for reaches the metadata of the broker a moment later. */
    private void awaitPartitions(String topic, int partitions) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (partitionsOf(topic) != partitions) {
            if (System.nanoTime() > end) throw new KafkaException(topic + " has " + partitionsOf(topic) + " partitions in place of " + partitions);
            Thread.sleep(10);
        }
    }

    /** 0 if there is no such topic. */
    private int partitionsOf(String topic) throws Exception {
        try {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        } catch (ExecutionException error) {
            if (error.getCause() instanceof UnknownTopicOrPartitionException) return 0;
            throw error;
        }
    }

    private void writeOffset(String event, String group, TopicPartition partition, OffsetAndMetadata offset, Integer transaction) {
        write(event, "group", group, "topic", partition.topic(), "partition", partition.partition(), "offset", offset.offset(), "metadata", offset.metadata(), "transaction", transaction);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private synchronized void write(String event, Object... fields) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        for (int i = 0; i < fields.length; i += 2) line.put((String) fields[i], fields[i + 1]);
        try {
            ledger.write(JSON.writeValueAsString(line));
            ledger.newLine();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void close() throws IOException {
        producers.values().forEach(producer -> producer.close(Duration.ZERO));
        if (transactional != null) transactional.close(Duration.ZERO);
        admin.close(Duration.ZERO);
        synchronized (this) {
            ledger.close();
        }
    }
}
