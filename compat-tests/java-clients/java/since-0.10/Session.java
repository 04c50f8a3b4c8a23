import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Java clients for one case; what it opens is closed with it. */
final class Session implements AutoCloseable {
    private static int counter = 0;

    final String bootstrapServers;
    /** How many brokers the cluster has; topics have as many replicas where nothing else is said. */
    final int brokers;
    private final String prefix;
    private final List<AutoCloseable> opened = new ArrayList<>();

    Session(String bootstrapServers, String prefix, int brokers) {
        this.bootstrapServers = bootstrapServers;
        this.prefix = prefix;
        this.brokers = brokers;
    }

    /** Another one on the same cluster. */
    Session(Session other, String prefix) {
        this(other.bootstrapServers, prefix, other.brokers);
    }

    String unique(String word) {
        return word + "-" + prefix + "-" + ++counter;
    }

    Properties properties(Map<String, ?> given) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        properties.putAll(given);
        return properties;
    }

    KafkaProducer<String, String> producer(Map<String, ?> config) {
        Properties properties = properties(config);
        return keep(new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer()));
    }

    KafkaConsumer<String, String> consumer(Map<String, ?> config) {
        Properties properties = properties(Map.of("auto.offset.reset", "earliest", "enable.auto.commit", "false"));
        properties.putAll(config);
        return keep(new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer()));
    }

    String topic(int partitions, Map<String, String> config) throws Exception {
        String topic = unique("topic");
        Topics.create(bootstrapServers, topic, partitions, config);
        return topic;
    }

    String topic() throws Exception {
        return topic(1, Map.of());
    }

    /** To the first partition, in order. */
    void send(String topic, String word, int count, Map<String, ?> config) throws Exception {
        KafkaProducer<String, String> producer = producer(config);
        List<Future<?>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) answers.add(producer.send(new ProducerRecord<>(topic, 0, "key-" + i, word + "-" + i)));
        for (Future<?> answer : answers) answer.get();
    }

    /** Polls until so many records arrived; fails after 30 s. */
    List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        eventually(count + " records", () -> {
            Poll.of(consumer, 100).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    static void eventually(String what, BooleanSupplier ask) {
        eventually(what, 30, ask);
    }

    static void eventually(String what, int seconds, BooleanSupplier ask) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (!ask.getAsBoolean()) {
            if (System.nanoTime() > deadline) throw new AssertionError("waited in vain: " + what);
            Thread.onSpinWait();
        }
    }

    static void equal(Object actual, Object expected) {
        if (!actual.equals(expected)) throw new AssertionError("expected " + expected + " but got " + actual);
    }

    static void isTrue(boolean condition, String what) {
        if (!condition) throw new AssertionError(what);
    }

    interface Work {
        Object run() throws Exception;
    }

    /** Runs work that must fail with that class, directly or as a cause; answers the failure. */
    static <T extends Throwable> T fails(Class<T> expected, Work work) {
        try {
            work.run();
        } catch (Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (expected.isInstance(cause)) return expected.cast(cause);
            }
            throw new AssertionError("expected " + expected.getSimpleName() + " but got " + failure, failure);
        }
        throw new AssertionError("expected " + expected.getSimpleName() + " but nothing failed");
    }

    <T extends AutoCloseable> T keep(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    @Override
    public void close() {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception ignored) {
                // The case has its verdict; a client that cannot close changes nothing in it.
            }
        }
    }
}
