import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * One relay in a process of its own: `Relay bootstrap group transactional-id from to`. It reads what is committed and
 * writes what it makes of it and its group's offsets in one transaction; it ends with the first thing that goes wrong,
 * and is started again.
 */
public final class Relay {
    public static void main(String[] args) {
        try {
            relay(args[0], args[1], args[2], args[3], args[4]);
        } catch (Throwable gone) {
            Runtime.getRuntime().halt(1);
        }
    }

    private static void relay(String bootstrap, String group, String transactionalId, String from, String to) {
        try (KafkaProducer<String, String> producer = producer(bootstrap, transactionalId);
                KafkaConsumer<String, String> consumer = consumer(bootstrap, group)) {
            producer.initTransactions();
            consumer.subscribe(List.of(from));
            for (int attempt = 0; ; attempt++) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
                if (records.isEmpty()) continue;
                String name = transactionalId + "/" + ProcessHandle.current().pid() + ":" + attempt;
                producer.beginTransaction();
                Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                for (ConsumerRecord<String, String> record : records) {
                    String value = record.partition() + "@" + record.offset() + " " + record.value() + " " + name;
                    producer.send(new ProducerRecord<>(to, record.partition(), record.key(), value));
                    TopicPartition partition = new TopicPartition(from, record.partition());
                    offsets.put(partition, new OffsetAndMetadata(record.offset() + 1));
                }
                producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
                // Where a transaction is aborted the next life begins again where the group is.
                if (Math.random() < 0.02) {
                    producer.abortTransaction();
                    Runtime.getRuntime().halt(1);
                }
                producer.commitTransaction();
            }
        }
    }

    private static KafkaProducer<String, String> producer(String bootstrap, String transactionalId) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("transactional.id", transactionalId);
        properties.put("transaction.timeout.ms", "10000");
        properties.put("linger.ms", "2");
        properties.put("reconnect.backoff.max.ms", "300");
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(String bootstrap, String group) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("group.id", group);
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("isolation.level", "read_committed");
        properties.put("session.timeout.ms", "3000");
        properties.put("heartbeat.interval.ms", "300");
        properties.put("reconnect.backoff.max.ms", "300");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }
}
