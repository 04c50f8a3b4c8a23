import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** A Streams application of one case: its instances live in this process, each with a state directory of its own. */
final class Application implements AutoCloseable {
    static final String STORE = "counted";
    private static final int PATIENCE_S = 60;

    final Session session;
    final Admin admin;
    final String id;
    private final Consumer<StreamsBuilder> topology;
    private final Path states;
    private final List<KafkaStreams> instances = new ArrayList<>();
    /** Records that were read back into stores since the last `cleared`. */
    private final AtomicLong restored = new AtomicLong();

    Application(Session session, Consumer<StreamsBuilder> topology) throws IOException {
        this.session = session;
        this.id = session.unique("application");
        this.topology = topology;
        this.states = Files.createTempDirectory("compat-streams-");
        this.admin = session.keep(Admin.create(session.properties(Map.of())));
        session.keep(this);
    }

    /** Counts the words of `input` in a store, and tells each new count to `output`. */
    static Consumer<StreamsBuilder> wordCount(String input, String output) {
        return builder -> builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()))
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count(Materialized.as(STORE))
            .toStream()
            .to(output, Produced.with(Serdes.String(), Serdes.Long()));
    }

    void configure(String name, String value) throws Exception {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, id);
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(group, List.of(set))).all().get();
    }

    KafkaStreams create(String instance, Map<String, ?> config) {
        Properties properties = session.properties(Map.of(
            "application.id", id, "group.protocol", "streams", "state.dir", states.resolve(instance).toString(), "client.id", id + "-" + instance,
            "processing.guarantee", "exactly_once_v2", "commit.interval.ms", "100", "auto.offset.reset", "earliest"));
        properties.putAll(config);
        StreamsBuilder builder = new StreamsBuilder();
        topology.accept(builder);
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.setGlobalStateRestoreListener(new Restores());
        instances.add(streams);
        return streams;
    }

    KafkaStreams start(String instance) {
        KafkaStreams streams = create(instance, Map.of());
        streams.start();
        return streams;
    }

    void stop(KafkaStreams streams) {
        CloseOptions leave = CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
        Session.isTrue(streams.close(leave.withTimeout(Duration.ofSeconds(30))), "it closes");
        instances.remove(streams);
    }

    long restored() {
        return restored.get();
    }

    /** Partitions of each subtopology that the instance processes. */
    static long activeTasks(KafkaStreams streams) {
        return streams.metadataForLocalThreads().stream().mapToLong(thread -> thread.activeTasks().size()).sum();
    }

    static long standbyTasks(KafkaStreams streams) {
        return streams.metadataForLocalThreads().stream().mapToLong(thread -> thread.standbyTasks().size()).sum();
    }

    /** Waits until the group is stable, and `condition` holds. */
    void settles(String what, BooleanSupplier condition) {
        eventually(what, () -> isStable() && condition.getAsBoolean());
    }

    private boolean isStable() {
        try {
            return admin.describeStreamsGroups(List.of(id)).all().get().get(id).groupState().toString().equals("Stable");
        } catch (Exception none) {
            // The first member begins the group.
            return false;
        }
    }

    static void eventually(String what, BooleanSupplier ask) {
        long deadline = System.nanoTime() + PATIENCE_S * 1_000_000_000L;
        while (!ask.getAsBoolean()) {
            if (System.nanoTime() > deadline) throw new AssertionError("waited in vain: " + what);
            Thread.onSpinWait();
        }
    }

    /** Sends lines `line w0`, `line w1` and so on, with seven words in turns. */
    void feed(KafkaProducer<String, String> producer, String input, int from, int to) {
        for (int i = from; i < to; i++) producer.send(new ProducerRecord<>(input, "k" + i, "line w" + i % 7));
        producer.flush();
    }

    /** Waits until so many lines are counted, each word of them once: no count comes twice or goes back. */
    void counted(String output, int lines) {
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

    private final class Restores implements StateRestoreListener {
        @Override
        public void onRestoreStart(TopicPartition partition, String store, long start, long end) {}

        @Override
        public void onBatchRestored(TopicPartition partition, String store, long end, long count) {
            restored.addAndGet(count);
        }

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long total) {}
    }

    @Override
    public void close() throws IOException {
        for (KafkaStreams streams : new ArrayList<>(instances)) streams.close(Duration.ofSeconds(2));
        try (Stream<Path> files = Files.walk(states)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
