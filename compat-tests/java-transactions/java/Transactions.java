import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Scenarios of the Java producer's transactions: `Transactions bootstrap scenario prefix`; an exception is a failure. */
public final class Transactions {
    private final String bootstrap;
    private final String prefix;

    private Transactions(String bootstrap, String prefix) {
        this.bootstrap = bootstrap;
        this.prefix = prefix;
    }

    public static void main(String[] args) throws Exception {
        Transactions scenarios = new Transactions(args[0], args[2]);
        switch (args[1]) {
            case "commit-abort" -> scenarios.commitAndAbort();
            case "offsets" -> scenarios.consumeTransformProduce();
            case "fencing" -> scenarios.fencing();
            case "admin" -> scenarios.admin();
            case "timeout" -> scenarios.timeout();
            default -> throw new IllegalArgumentException(args[1]);
        }
    }

    private void commitAndAbort() throws Exception {
        String topic = topic("data", 3);
        try (KafkaProducer<String, String> producer = producer("tx", 60_000)) {
            producer.initTransactions();
            int committed = 0;
            for (int round = 0; round < 20; round++) {
                producer.beginTransaction();
                for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, "k" + i, round + "/" + i));
                producer.flush();
                expect("what is not committed is not read", committed, read(topic, "read_committed").size());
                if (round % 3 == 0) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                    committed += 10;
                }
            }
            expect("committed", committed, read(topic, "read_committed").size());
            expect("written", 200, read(topic, "read_uncommitted").size());
        }
    }

    private void consumeTransformProduce() throws Exception {
        String in = topic("in", 1);
        String out = topic("out", 1);
        TopicPartition partition = new TopicPartition(in, 0);
        try (KafkaProducer<String, String> source = producer("source", 60_000)) {
            source.initTransactions();
            source.beginTransaction();
            for (int i = 0; i < 50; i++) source.send(new ProducerRecord<>(in, "v" + i));
            source.commitTransaction();
        }
        try (KafkaProducer<String, String> producer = producer("loop", 60_000);
                KafkaConsumer<String, String> consumer = consumer(prefix + "-group", "read_committed")) {
            producer.initTransactions();
            consumer.subscribe(List.of(in));
            boolean aborted = false;
            for (int seen = 0; seen < 50; ) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(500));
                if (records.isEmpty()) continue;
                producer.beginTransaction();
                long next = 0;
                for (ConsumerRecord<String, String> record : records) {
                    producer.send(new ProducerRecord<>(out, record.value() + "!"));
                    next = record.offset() + 1;
                }
                producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(next)), consumer.groupMetadata());
                if (!aborted) {
                    aborted = true;
                    producer.abortTransaction();
                    expect("no offset after an abort", null, consumer.committed(Set.of(partition)).get(partition));
                    consumer.seekToBeginning(consumer.assignment());
                } else {
                    producer.commitTransaction();
                    seen += records.count();
                    expect("the offset", next, consumer.committed(Set.of(partition)).get(partition).offset());
                }
            }
            expect("each once", 50, read(out, "read_committed").size());
        }
    }

    private void fencing() throws Exception {
        String topic = topic("data", 1);
        KafkaProducer<String, String> zombie = producer("tx", 60_000);
        zombie.initTransactions();
        zombie.beginTransaction();
        zombie.send(new ProducerRecord<>(topic, "zombie")).get();
        try (KafkaProducer<String, String> producer = producer("tx", 60_000)) {
            producer.initTransactions();
            expectFenced(() -> {
                zombie.send(new ProducerRecord<>(topic, "zombie too")).get();
                zombie.commitTransaction();
            });
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "alive"));
            producer.commitTransaction();
        }
        zombie.close(Duration.ZERO);
        expect("read", List.of("alive"), read(topic, "read_committed"));
    }

    private void admin() throws Exception {
        String topic = topic("data", 1);
        String id = prefix + "-tx";
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer("tx", 60_000); Admin admin = Admin.create(properties())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "open")).get();
            var described = admin.describeTransactions(List.of(id)).all().get().get(id);
            expect("state", TransactionState.ONGOING, described.state());
            expect("partitions", Set.of(partition), described.topicPartitions());
            var active = admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers();
            expect("producers", described.producerId(), active.get(0).producerId());
            expect("start", 0L, active.get(0).currentTransactionStartOffset().getAsLong());
            boolean isListed = admin.listTransactions().all().get().stream()
                .anyMatch(listing -> listing.transactionalId().equals(id) && listing.state() == TransactionState.ONGOING);
            expect("listed", true, isListed);
            admin.fenceProducers(List.of(id)).all().get();
            expectFenced(producer::commitTransaction);
            expect("read", List.of(), read(topic, "read_committed"));
            producer.close(Duration.ZERO);
        }
    }

    private void timeout() throws Exception {
        String topic = topic("data", 1);
        try (KafkaProducer<String, String> slow = producer("slow", 1_000);
                KafkaProducer<String, String> quick = producer("quick", 60_000)) {
            slow.initTransactions();
            slow.beginTransaction();
            slow.send(new ProducerRecord<>(topic, "slow")).get();
            quick.initTransactions();
            quick.beginTransaction();
            quick.send(new ProducerRecord<>(topic, "quick"));
            quick.commitTransaction();
            long deadline = System.currentTimeMillis() + 40_000;
            while (read(topic, "read_committed").isEmpty() && System.currentTimeMillis() < deadline) Thread.sleep(200);
            expect("what waited behind an open transaction", List.of("quick"), read(topic, "read_committed"));
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void expectFenced(Action action) throws Exception {
        try {
            action.run();
        } catch (Exception error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException) return;
            }
            throw error;
        }
        throw new AssertionError("the producer was not fenced");
    }

    private static void expect(String what, Object expected, Object found) {
        if (expected == null ? found != null : !expected.equals(found)) {
            throw new AssertionError(what + ": " + found + ", expected " + expected);
        }
    }

    private List<String> read(String topic, String isolation) {
        try (KafkaConsumer<String, String> consumer = consumer(null, isolation)) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<String> values = new ArrayList<>();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) values.add(record.value());
            }
            Collections.sort(values);
            return values;
        }
    }

    private String topic(String word, int partitions) throws Exception {
        String name = prefix + "-" + word;
        try (Admin admin = Admin.create(properties())) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        }
        return name;
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        return properties;
    }

    private KafkaProducer<String, String> producer(String word, int timeoutMs) {
        Properties properties = properties();
        properties.put("transactional.id", prefix + "-" + word);
        properties.put("transaction.timeout.ms", Integer.toString(timeoutMs));
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer(String group, String isolation) {
        Map<String, Object> config = new HashMap<>();
        properties().forEach((name, value) -> config.put((String) name, value));
        if (group != null) config.put("group.id", group);
        config.put("isolation.level", isolation);
        config.put("enable.auto.commit", "false");
        // A consumer that is closed waits for its last fetch.
        config.put("fetch.max.wait.ms", 20);
        config.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }
}
