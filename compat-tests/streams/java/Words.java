import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What the word count works on: `create`, `feed` lines, `count` until a word has been seen so often. */
public final class Words {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        switch (args[1]) {
            case "create" -> create(properties, args[2], args[3]);
            case "feed" -> feed(properties, args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case "count" -> count(properties, args[2], Long.parseLong(args[3]), Long.parseLong(args[4]));
            default -> throw new IllegalArgumentException(args[1]);
        }
    }

    private static void create(Properties properties, String words, String counts) throws Exception {
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(new NewTopic(words, 2, (short) 1), new NewTopic(counts, 1, (short) 1))).all().get();
        }
    }

    /** Each line says `line` and one of seven words. */
    private static void feed(Properties properties, String topic, int from, int to) {
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < to; i++) producer.send(new ProducerRecord<>(topic, "k" + i, "line w" + i % 7));
        }
    }

    /** Prints the last count of each word; a count that goes back is a failure. */
    private static void count(Properties properties, String topic, long lines, long patienceMs) {
        properties.put("isolation.level", "read_committed");
        TopicPartition partition = new TopicPartition(topic, 0);
        Map<String, Long> counts = new TreeMap<>();
        long deadline = System.currentTimeMillis() + patienceMs;
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new LongDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (counts.values().stream().mapToLong(Long::longValue).sum() < 2 * lines && System.currentTimeMillis() < deadline) {
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(200))) {
                    Long before = counts.put(record.key(), record.value());
                    if (before != null && before >= record.value()) throw new AssertionError(record + " after " + before);
                }
            }
        }
        System.out.print(counts);
    }
}
