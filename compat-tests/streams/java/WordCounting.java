import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/** An application that counts words, with topics of its own and one who feeds it. */
final class WordCounting extends Application {
    static final String STORE = "counted";

    private final String input;
    private final String output;
    private final KafkaProducer<String, String> producer;

    private WordCounting(Session session, String input, String output) throws IOException {
        super(session, topology(input, output));
        this.input = input;
        this.output = output;
        this.producer = session.producer(Map.of());
    }

    /** Its input has so many partitions, its output one. */
    static WordCounting of(Session session, int partitions) throws Exception {
        return new WordCounting(session, session.topic(partitions, Map.of()), session.topic());
    }

    /** Counts the words of `input` in a store, and tells each new count to `output`. */
    private static Consumer<StreamsBuilder> topology(String input, String output) {
        return builder -> builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()))
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count(Materialized.as(STORE))
            .toStream()
            .to(output, Produced.with(Serdes.String(), Serdes.Long()));
    }

    /** Sends lines `line w0`, `line w1` and so on, with seven words in turns. */
    void feed(int from, int to) {
        for (int i = from; i < to; i++) producer.send(new ProducerRecord<>(input, "k" + i, "line w" + i % 7));
        producer.flush();
    }

    /** Waits until so many lines are counted, each word of them once: no count comes twice or goes back. */
    void counted(int lines) {
        Properties properties = session.properties(Map.of("isolation.level", "read_committed"));
        Map<String, Long> counts = new TreeMap<>();
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new LongDeserializer())) {
            TopicPartition partition = new TopicPartition(output, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            eventually(lines + " lines are counted", () -> {
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(100))) {
                    Long before = counts.put(record.key(), record.value());
                    if (before != null && before >= record.value()) throw new AssertionError(record + " after " + before);
                }
                return counts.values().stream().mapToLong(Long::longValue).sum() >= 2L * lines;
            });
        }
        Session.equal(counts.get("line"), (long) lines);
    }
}
