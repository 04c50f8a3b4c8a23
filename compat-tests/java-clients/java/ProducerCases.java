import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;

final class ProducerCases {
    static void codecs(Session session) throws Exception {
        String topic = session.topic();
        List<String> codecs = List.of("none", "gzip", "snappy", "lz4", "zstd");
        for (String codec : codecs) session.send(topic, codec, 500, Map.of("compression.type", codec, "linger.ms", "50"));
        KafkaConsumer<String, String> consumer = session.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        List<ConsumerRecord<String, String>> records = session.poll(consumer, 2500);
        for (int i = 0; i < 2500; i++) {
            Session.equal(records.get(i).value(), codecs.get(i / 500) + "-" + i % 500);
            Session.equal(records.get(i).offset(), (long) i);
        }
    }

    static void recompression(Session session) throws Exception {
        for (String codec : List.of("gzip", "snappy", "lz4", "zstd", "uncompressed")) {
            String topic = session.topic(1, Map.of("compression.type", codec));
            session.send(topic, "word", 100, Map.of("compression.type", "gzip", "linger.ms", "50"));
            KafkaConsumer<String, String> consumer = session.consumer(Map.of());
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            Session.equal(session.poll(consumer, 100).get(99).value(), "word-99");
        }
    }

    static void acks(Session session) throws Exception {
        String topic = session.topic();
        for (String acks : List.of("0", "1", "all")) {
            Map<String, String> config = Map.of("acks", acks, "enable.idempotence", "false");
            RecordMetadata answer = session.producer(config).send(new ProducerRecord<>(topic, acks)).get();
            Session.equal(answer.hasOffset(), !acks.equals("0"));
        }
        KafkaConsumer<String, String> consumer = session.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        Session.equal(session.poll(consumer, 3).size(), 3);
    }

    static void contents(Session session) throws Exception {
        String topic = session.topic();
        KafkaProducer<String, String> producer = session.producer(Map.of());
        ProducerRecord<String, String> full = new ProducerRecord<>(topic, 0, 1_700_000_000_123L, "k", "v");
        full.headers().add("h", "one".getBytes(StandardCharsets.UTF_8)).add("h", null).add("", new byte[0]);
        producer.send(full).get();
        producer.send(new ProducerRecord<>(topic, null, null)).get();
        KafkaConsumer<String, String> consumer = session.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        List<ConsumerRecord<String, String>> records = session.poll(consumer, 2);
        Session.equal(records.get(0).headers(), full.headers());
        Session.equal(records.get(0).timestamp(), 1_700_000_000_123L);
        Session.isTrue(records.get(1).key() == null && records.get(1).value() == null, "nulls");
    }

    static void idempotent(Session session) throws Exception {
        String topic = session.topic(3, Map.of());
        KafkaProducer<String, String> producer = session.producer(Map.of("batch.size", "200", "linger.ms", "1"));
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        for (int i = 0; i < 3000; i++) answers.add(producer.send(new ProducerRecord<>(topic, i % 3, null, "" + i)));
        long[] next = new long[3];
        for (int i = 0; i < 3000; i++) Session.equal(answers.get(i).get().offset(), next[i % 3]++);
    }

    static void transactions(Session session) throws Exception {
        String topic = session.topic();
        KafkaProducer<String, String> producer = session.producer(Map.of("transactional.id", session.unique("id")));
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "lost"));
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "kept"));
        String group = session.unique("group");
        Map<TopicPartition, OffsetAndMetadata> offsets = Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(1));
        producer.sendOffsetsToTransaction(offsets, new org.apache.kafka.clients.consumer.ConsumerGroupMetadata(group));
        producer.commitTransaction();
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("isolation.level", "read_committed"));
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        Session.equal(session.poll(consumer, 1).get(0).value(), "kept");
    }

    static void refusals(Session session) throws Exception {
        String small = session.topic(1, Map.of("max.message.bytes", "1000"));
        KafkaProducer<String, String> producer = session.producer(Map.of("max.block.ms", "3000"));
        Session.fails(RecordTooLargeException.class,
            () -> producer.send(new ProducerRecord<>(small, "x".repeat(5_000))).get());
        Session.equal(producer.send(new ProducerRecord<>(small, "fits")).get().offset(), 0L);
        Session.fails(InvalidTopicException.class, () -> producer.send(new ProducerRecord<>("a b", "x")).get());
        String compacted = session.topic(1, Map.of("cleanup.policy", "compact"));
        Session.fails(org.apache.kafka.common.InvalidRecordException.class,
            () -> producer.send(new ProducerRecord<>(compacted, "no key")).get());
        Session.fails(TimeoutException.class, () -> producer.send(new ProducerRecord<>(small, 7, "k", "v")).get());
    }

    private static KafkaProducer<String, String> lasting;
    private static String lastingTopic;

    static void beforeRestart(Session session) throws Exception {
        lastingTopic = session.topic();
        lasting = new Session(session.bootstrapServers, "lasting").producer(Map.of("delivery.timeout.ms", "120000"));
        for (int i = 0; i < 1000; i++) lasting.send(new ProducerRecord<>(lastingTopic, "" + i));
        lasting.flush();
    }

    static void afterRestart(Session session) throws Exception {
        for (int i = 1000; i < 2000; i++) lasting.send(new ProducerRecord<>(lastingTopic, "" + i));
        lasting.flush();
        lasting.close();
        KafkaConsumer<String, String> consumer = session.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(lastingTopic, 0)));
        List<ConsumerRecord<String, String>> records = session.poll(consumer, 2000);
        for (int i = 0; i < 2000; i++) Session.equal(records.get(i).value(), "" + i);
    }
}
