import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** A Streams application of one case: its instances live in this process, each with a state directory of its own. */
class Application implements AutoCloseable {
    private static final int PATIENCE_S = 60;

    final Session session;
    final Admin admin;
    final String id;
    private final Consumer<StreamsBuilder> topology;
    private final Path states;
    private final List<KafkaStreams> instances = new ArrayList<>();
    /** Records that were read back into stores. */
    private final AtomicLong restored = new AtomicLong();

    Application(Session session, Consumer<StreamsBuilder> topology) throws IOException {
        this.session = session;
        this.id = session.unique("application");
        this.topology = topology;
        this.states = Files.createTempDirectory("compat-streams-");
        this.admin = session.keep(Admin.create(session.properties(Map.of())));
        session.keep(this);
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
        Session.eventually(what, PATIENCE_S, ask);
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
