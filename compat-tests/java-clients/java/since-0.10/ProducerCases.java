import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;

final class ProducerCases {
    static void codecs(Session session) throws Exception {
        roundTrips(session, List.of("none", "gzip", "snappy", "lz4"));
    }

    static void zstd(Session session) throws Exception {
        roundTrips(session, List.of("zstd"));
    }

    private static void roundTrips(Session session, List<String> codecs) throws Exception {
        String topic = session.topic();
        for (String codec : codecs) session.send(topic, codec, 500, Map.of("compression.type", codec, "linger.ms", "50"));
        KafkaConsumer<String, String> consumer = assigned(session, topic);
        List<ConsumerRecord<String, String>> records = session.poll(consumer, codecs.size() * 500);
        for (int i = 0; i < records.size(); i++) {
            Session.equal(records.get(i).value(), codecs.get(i / 500) + "-" + i % 500);
            Session.equal(records.get(i).offset(), (long) i);
        }
    }

    static KafkaConsumer<String, String> assigned(Session session, String topic) {
        KafkaConsumer<String, String> consumer = session.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        return consumer;
    }

    static void acks(Session session) throws Exception {
        String topic = session.topic();
        for (String acks : List.of("0", "1", "all")) {
            // An idempotent producer, which newer clients have by default, insists on all.
            Map<String, String> config = Map.of("acks", acks, "enable.idempotence", "false");
            long offset = session.producer(config).send(new ProducerRecord<>(topic, 0, null, acks)).get().offset();
            Session.equal(offset >= 0, !acks.equals("0"));
        }
        Session.equal(session.poll(assigned(session, topic), 3).size(), 3);
    }

    static void nullsAndTimes(Session session) throws Exception {
        String topic = session.topic();
        KafkaProducer<String, String> producer = session.producer(Map.of());
        producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_123L, "k", "v")).get();
        producer.send(new ProducerRecord<>(topic, 0, null, null)).get();
        producer.send(new ProducerRecord<>(topic, 0, "", "")).get();
        List<ConsumerRecord<String, String>> records = session.poll(assigned(session, topic), 3);
        Session.equal(records.get(0).timestamp(), 1_700_000_000_123L);
        Session.isTrue(records.get(1).key() == null && records.get(1).value() == null, "nulls");
        Session.equal(records.get(2).key() + records.get(2).value(), "");
    }

    static void large(Session session) throws Exception {
        String topic = session.topic();
        String text = "0123456789".repeat(80_000);
        session.producer(Map.of()).send(new ProducerRecord<>(topic, 0, "large", text)).get();
        Session.equal(session.poll(assigned(session, topic), 1).get(0).value(), text);
    }

    static void refusals(Session session) throws Exception {
        String topic = session.topic();
        Map<String, ?> config = Map.of("max.block.ms", "3000", "max.request.size", "10000000");
        KafkaProducer<String, String> producer = session.producer(config);
        Session.fails(RecordTooLargeException.class,
            () -> producer.send(new ProducerRecord<>(topic, 0, "k", "x".repeat(2_000_000))).get());
        Session.equal(producer.send(new ProducerRecord<>(topic, 0, "k", "fits")).get().offset(), 0L);
    }

    static void invalidTopic(Session session) {
        KafkaProducer<String, String> producer = session.producer(Map.of("max.block.ms", "3000"));
        Session.fails(InvalidTopicException.class, () -> producer.send(new ProducerRecord<>("a b", "x")).get());
    }

    /** The client waits for metadata in which the partition is, or refuses one that is not there. */
    static void unknownPartition(Session session) throws Exception {
        KafkaProducer<String, String> producer = session.producer(Map.of("max.block.ms", "2000"));
        String topic = session.topic();
        try {
            producer.send(new ProducerRecord<>(topic, 77, "k", "v")).get();
        } catch (Exception failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof TimeoutException) return;
            }
            Session.isTrue(failure.getMessage().startsWith("Invalid partition given"), failure.toString());
            return;
        }
        throw new AssertionError("there is no partition 77");
    }

    private static KafkaProducer<String, String> lasting;
    private static String lastingTopic;

    static void beforeRestart(Session session) throws Exception {
        lastingTopic = session.topic();
        Map<String, ?> config =
            Map.of("acks", "all", "retries", "1000", "max.in.flight.requests.per.connection", "1", "linger.ms", "5");
        lasting = new Session(session, "lasting").producer(config);
        for (int i = 0; i < 1000; i++) lasting.send(new ProducerRecord<>(lastingTopic, 0, null, "" + i));
        lasting.flush();
    }

    static void afterRestart(Session session) throws Exception {
        for (int i = 1000; i < 2000; i++) lasting.send(new ProducerRecord<>(lastingTopic, 0, null, "" + i));
        lasting.flush();
        lasting.close();
        List<ConsumerRecord<String, String>> records = session.poll(assigned(session, lastingTopic), 2000);
        int next = 0;
        // A producer that is not idempotent may repeat what was written and not acknowledged.
        for (ConsumerRecord<String, String> record : records) {
            int value = Integer.parseInt(record.value());
            Session.isTrue(value <= next, "a record is lost: " + value + " where " + next + " was to come");
            if (value == next) next++;
        }
        Session.equal(next, 2000);
    }
}
