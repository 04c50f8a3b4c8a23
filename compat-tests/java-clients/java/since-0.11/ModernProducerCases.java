import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;

/** What came with 0.11: headers, idempotence, transactions, topics with configs. */
final class ModernProducerCases {
    static void headers(Session session) throws Exception {
        String topic = session.topic();
        ProducerRecord<String, String> full = new ProducerRecord<>(topic, 0, "k", "v");
        full.headers().add("h", "one".getBytes(StandardCharsets.UTF_8)).add("h", null).add("", new byte[0]);
        session.producer(Map.of()).send(full).get();
        KafkaConsumer<String, String> consumer = ProducerCases.assigned(session, topic);
        Session.equal(session.poll(consumer, 1).get(0).headers(), full.headers());
    }

    static void recompression(Session session) throws Exception {
        for (String codec : List.of("gzip", "snappy", "lz4", "uncompressed")) {
            String topic = session.topic(1, Map.of("compression.type", codec));
            session.send(topic, "word", 100, Map.of("compression.type", "gzip", "linger.ms", "50"));
            Session.equal(session.poll(ProducerCases.assigned(session, topic), 100).get(99).value(), "word-99");
        }
    }

    static void idempotent(Session session) throws Exception {
        String topic = session.topic(3, Map.of());
        Map<String, ?> config = Map.of("batch.size", "200", "linger.ms", "1", "enable.idempotence", "true",
            "acks", "all", "retries", "10", "max.in.flight.requests.per.connection", "1");
        KafkaProducer<String, String> producer = session.producer(config);
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        for (int i = 0; i < 3000; i++) answers.add(producer.send(new ProducerRecord<>(topic, i % 3, null, "" + i)));
        long[] next = new long[3];
        for (int i = 0; i < 3000; i++) Session.equal(answers.get(i).get().offset(), next[i % 3]++);
    }

    static void transactions(Session session) throws Exception {
        String topic = session.topic();
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaProducer<String, String> producer = session.producer(Map.of("transactional.id", session.unique("id")));
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "lost"));
        producer.flush();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "kept"));
        String group = session.unique("group");
        TransactionOffsets.send(producer, partition, 1, group);
        producer.commitTransaction();
        KafkaConsumer<String, String> committed =
            session.consumer(Map.of("isolation.level", "read_committed", "group.id", group));
        committed.assign(List.of(partition));
        Session.equal(Committed.of(committed, partition).offset(), 1L);
        committed.seekToBeginning(List.of(partition));
        Session.equal(session.poll(committed, 1).get(0).value(), "kept");
        List<ConsumerRecord<String, String>> all = session.poll(ProducerCases.assigned(session, topic), 2);
        Session.equal(all.get(0).value(), "lost");
    }

    static void fencing(Session session) throws Exception {
        String topic = session.topic();
        String id = session.unique("id");
        KafkaProducer<String, String> zombie = session.producer(Map.of("transactional.id", id));
        zombie.initTransactions();
        KafkaProducer<String, String> producer = session.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        zombie.beginTransaction();
        String refusal = Session.fails(ApiException.class, () -> {
            zombie.send(new ProducerRecord<>(topic, "zombie"));
            zombie.commitTransaction();
            return null;
        }).getClass().getSimpleName();
        // Which of the two it is told depends on the version of the protocol.
        Session.isTrue(List.of("ProducerFencedException", "InvalidProducerEpochException").contains(refusal), refusal);
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "alive"));
        producer.commitTransaction();
        Session.equal(session.poll(ProducerCases.assigned(session, topic), 1).get(0).value(), "alive");
    }

    static void refusals(Session session) throws Exception {
        String small = session.topic(1, Map.of("max.message.bytes", "1000"));
        KafkaProducer<String, String> producer = session.producer(Map.of("max.block.ms", "3000"));
        Session.fails(org.apache.kafka.common.errors.RecordTooLargeException.class,
            () -> producer.send(new ProducerRecord<>(small, "x".repeat(5_000))).get());
        Session.equal(producer.send(new ProducerRecord<>(small, "fits")).get().offset(), 0L);
        String compacted = session.topic(1, Map.of("cleanup.policy", "compact"));
        Session.fails(ApiException.class,
            () -> producer.send(new ProducerRecord<>(compacted, "no key")).get());
    }
}
