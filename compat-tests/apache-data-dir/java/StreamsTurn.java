import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/**
 * A turn of a streams group on one broker: `StreamsTurn work bootstrap ledger round stop|kill state-directory`. The group must be
 * described as the broker before has described it: topology, epochs, members with their tasks, committed offsets, configuration.
 * Then two instances with fresh state directories count on, exactly once. By `stop` they leave; by `kill` they stay until
 * `StreamsTurn abandon`.
 */
public final class StreamsTurn extends Turn {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String APPLICATION = "counting";
    private static final String INPUT = "lines";
    private static final String OUTPUT = "counts";
    private static final int LINES = 400;
    private static final int PATIENCE_S = 100;

    private static final List<KafkaStreams> instances = new ArrayList<>();

    /** Between two turns. */
    public static final class Ledger {
        public int lines = 0;
        public Map<String, String> view = new TreeMap<>();
    }

    private StreamsTurn(String bootstrap) {
        super(bootstrap, PATIENCE_S);
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("abandon")) {
            instances.forEach(instance -> instance.close(Duration.ofSeconds(1)));
            instances.clear();
            return;
        }
        File file = new File(args[2]);
        Ledger ledger = file.exists() ? JSON.readValue(file, Ledger.class) : new Ledger();
        StreamsTurn turn = new StreamsTurn(args[1]);
        try {
            turn.run(ledger, args[4].equals("kill"), args[5] + "/" + args[3]);
        } finally {
            turn.admin.close(Duration.ZERO);
        }
        JSON.writeValue(file, ledger);
        System.out.println(ledger.lines + " lines, " + ledger.view);
    }

    private void run(Ledger ledger, boolean kill, String state) throws Exception {
        if (ledger.lines == 0) prepare();
        else equal("the group", view(), ledger.view);
        for (int i = 0; i < 2; i++) instances.add(start(state + "-" + i));
        feed(ledger.lines);
        ledger.lines += LINES;
        count(ledger.lines);
        // Both have tasks, and each task a copy: the broker knows what it has to know of a group at work.
        until("a stable group", () -> {
            var group = describe();
            return group.groupState().toString().equals("Stable") && group.members().stream()
                .allMatch(one -> !one.assignment().activeTasks().isEmpty() && !one.assignment().standbyTasks().isEmpty());
        });
        if (!kill) {
            instances.forEach(instance -> instance.close(Duration.ofSeconds(20)));
            instances.clear();
            until("an empty group", () -> describe().members().isEmpty());
        }
        ledger.view = view();
    }

    private void prepare() throws Exception {
        admin.createTopics(List.of(new NewTopic(INPUT, 3, (short) 1), new NewTopic(OUTPUT, 1, (short) 1))).all().get();
        configure(APPLICATION, Map.of("streams.num.standby.replicas", "1", "streams.session.timeout.ms", "12000"));
    }

    private KafkaStreams start(String state) {
        Properties properties = properties();
        properties.put("application.id", APPLICATION);
        properties.put("group.protocol", "streams");
        properties.put("state.dir", state);
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("commit.interval.ms", "100");
        properties.put("auto.offset.reset", "earliest");
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(INPUT, Consumed.with(Serdes.String(), Serdes.String()))
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count()
            .toStream()
            .to(OUTPUT, Produced.with(Serdes.String(), Serdes.Long()));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.start();
        return streams;
    }

    /** Each line says `line` and one of five words. */
    private void feed(int from) {
        try (var producer = new KafkaProducer<>(properties(), new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < from + LINES; i++) producer.send(new ProducerRecord<>(INPUT, "k" + i, "line w" + i % 5));
        }
    }

    /** Each word has been counted once: a count that comes twice, or goes back, is a failure. */
    private void count(int lines) {
        Properties properties = properties();
        properties.put("isolation.level", "read_committed");
        TopicPartition partition = new TopicPartition(OUTPUT, 0);
        Map<String, Long> counts = new TreeMap<>();
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new LongDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            until(counts, () -> {
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(200))) {
                    Long before = counts.put(record.key(), record.value());
                    if (before != null && before >= record.value()) throw new AssertionError(record + " after " + before);
                }
                return counts.values().stream().mapToLong(Long::longValue).sum() >= 2L * lines;
            });
        }
        equal("the count of lines", counts.get("line"), (long) lines);
        for (int i = 0; i < 5; i++) equal("the count of w" + i, counts.get("w" + i), lines / 5L);
    }

    private StreamsGroupDescription describe() throws Exception {
        return admin.describeStreamsGroups(List.of(APPLICATION)).all().get().get(APPLICATION);
    }

    private Map<String, String> view() throws Exception {
        StreamsGroupDescription group = describe();
        Map<String, String> view = new TreeMap<>();
        view.put("topology", group.topologyEpoch() + " " + group.subtopologies().stream().map(StreamsTurn::text).sorted().collect(Collectors.joining("; ")));
        view.put("epochs", group.groupEpoch() + ", target " + group.targetAssignmentEpoch());
        view.put("state", group.groupState().toString());
        view.put("members", group.members().stream().sorted(Comparator.comparing(one -> one.memberId()))
            .map(one -> String.join(" ", one.memberId(), one.processId(), "epoch " + one.memberEpoch(),
                "topology " + one.topologyEpoch(), one.assignment().toString(), "target " + one.targetAssignment()))
            .collect(Collectors.joining("; ")));
        view.put("offsets", new TreeMap<>(admin.listStreamsGroupOffsets(Map.of(APPLICATION, new ListStreamsGroupOffsetsSpec()))
            .partitionsToOffsetAndMetadata(APPLICATION).get().entrySet().stream()
            .collect(Collectors.toMap(one -> one.getKey().toString(), one -> one.getValue().offset()))).toString());
        view.put("configs", configs(APPLICATION).toString());
        return view;
    }

    /** Without counts of partitions, which a broker knows once a member has come back to it. */
    private static String text(StreamsGroupSubtopologyDescription one) {
        return String.join(" ", one.subtopologyId(), one.sourceTopics().toString(), one.repartitionSinkTopics().toString(),
            topics(one.stateChangelogTopics()), topics(one.repartitionSourceTopics()));
    }

    private static String topics(Map<String, StreamsGroupSubtopologyDescription.TopicInfo> topics) {
        return new TreeMap<>(topics).entrySet().stream().map(one -> one.getKey() + new TreeMap<>(one.getValue().topicConfigs())).toList().toString();
    }
}
