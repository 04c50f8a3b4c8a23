import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ClassicGroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/** Applications of `group.protocol=streams` (KIP-1071), whose tasks the broker assigns. */
final class StreamsCases {
    private static final int PARTITIONS = 4;

    /** Two streams, repartitioned and joined within five seconds of event time by two instances: each pair once, and no other. */
    static void windowedJoin(Session session) throws Exception {
        String left = session.topic(PARTITIONS, Map.of());
        String right = session.topic(PARTITIONS, Map.of());
        String output = session.topic();
        Application application = new Application(session, builder -> {
            var strings = Consumed.with(Serdes.String(), Serdes.String());
            var byName = builder.stream(left, strings).selectKey((key, value) -> "name " + key);
            builder.stream(right, strings).selectKey((key, value) -> "name " + key)
                .join(byName, (r, l) -> l + "+" + r, JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(5), Duration.ofMinutes(10)),
                    StreamJoined.with(Serdes.String(), Serdes.String(), Serdes.String()))
                .to(output, Produced.with(Serdes.String(), Serdes.String()));
        });
        application.start("a");
        application.start("b");
        KafkaProducer<String, String> producer = session.producer(Map.of());
        List<String> expected = new ArrayList<>();
        List<Future<?>> sent = new ArrayList<>();
        long begin = System.currentTimeMillis() - 600_000;
        for (int i = 0; i < 200; i++) {
            // Each key comes again after twenty seconds. Every fifth partner comes too late.
            boolean joins = i % 5 != 4;
            long atMs = begin + i * 1_000L;
            sent.add(producer.send(new ProducerRecord<>(left, null, atMs, "k" + i % 20, "L" + i)));
            sent.add(producer.send(new ProducerRecord<>(right, null, atMs + (joins ? 2_000 : 8_000), "k" + i % 20, "R" + i)));
            if (joins) expected.add("L" + i + "+R" + i);
        }
        for (Future<?> one : sent) one.get();
        KafkaConsumer<String, String> reader = session.consumer(Map.of("isolation.level", "read_committed"));
        reader.assign(List.of(new TopicPartition(output, 0)));
        List<String> found = new ArrayList<>();
        Application.eventually("all pairs", () -> {
            reader.poll(Duration.ofMillis(100)).forEach(record -> found.add(record.value()));
            return found.size() >= expected.size();
        });
        Session.equal(found.stream().sorted().toList(), expected.stream().sorted().toList());
        Session.isTrue(reader.poll(Duration.ofMillis(1_000)).isEmpty(), "no pair more");
    }

    /** One instance, then three, then one: tasks move as they come and go, and each word is counted once. */
    static void scale(Session session) throws Exception {
        WordCounting application = WordCounting.of(session, PARTITIONS);
        KafkaStreams first = application.start("a");
        application.settles("one has all", () -> Application.activeTasks(first) == 2 * PARTITIONS);
        application.feed(0, 700);
        KafkaStreams second = application.start("b");
        KafkaStreams third = application.start("c");
        application.feed(700, 1_400);
        application.settles("each has a share", () -> List.of(first, second, third).stream()
            .allMatch(one -> Application.activeTasks(one) >= 2 && Application.activeTasks(one) <= 3));
        application.feed(1_400, 2_100);
        application.stop(second);
        application.feed(2_100, 2_800);
        application.stop(first);
        application.settles("the last one has all", () -> Application.activeTasks(third) == 2 * PARTITIONS);
        application.feed(2_800, 3_500);
        application.counted(3_500);
    }

    /** An instance that has lost its disk reads its stores back from the changelogs. */
    static void restore(Session session) throws Exception {
        WordCounting application = WordCounting.of(session, PARTITIONS);
        KafkaStreams lost = application.start("a");
        application.feed(0, 1_400);
        application.counted(1_400);
        application.stop(lost);
        lost.cleanUp();
        Session.equal(application.restored(), 0L);
        KafkaStreams found = application.start("a");
        application.settles("it is back", () -> found.state() == KafkaStreams.State.RUNNING);
        Session.isTrue(application.restored() >= 8, "each word is restored, of " + application.restored() + " records");
        ReadOnlyKeyValueStore<String, Long> store =
            found.store(StoreQueryParameters.fromNameAndType(WordCounting.STORE, QueryableStoreTypes.keyValueStore()));
        Session.equal(List.of(store.get("line"), store.get("w3")), List.of(1_400L, 200L));
        application.feed(1_400, 2_100);
        application.counted(2_100);
    }

    /** The copy of a state that a standby task keeps spares the one who takes over from reading it all. */
    static void standby(Session session) throws Exception {
        WordCounting application = WordCounting.of(session, PARTITIONS);
        application.configure("streams.num.standby.replicas", "1");
        KafkaStreams first = application.start("a");
        KafkaStreams second = application.start("b");
        application.settles("each task has a copy", () -> Application.standbyTasks(first) + Application.standbyTasks(second) == PARTITIONS
            && Application.activeTasks(first) == PARTITIONS && Application.activeTasks(second) == PARTITIONS);
        application.feed(0, 2_800);
        application.counted(2_800);
        // No copy lags behind its changelog.
        Application.eventually("copies are complete", () -> List.of(first, second).stream().allMatch(one ->
            one.allLocalStorePartitionLags().values().stream().flatMap(lags -> lags.values().stream())
                .allMatch(lag -> lag.endOffsetPosition() - lag.currentOffsetPosition() <= 2)));
        long before = application.restored();
        application.stop(second);
        application.settles("one has all", () -> Application.activeTasks(first) == 2 * PARTITIONS && first.state() == KafkaStreams.State.RUNNING);
        long restored = application.restored() - before;
        Session.isTrue(restored <= 100, "nearly nothing is restored, but " + restored + " records were");
        application.feed(2_800, 3_500);
        application.counted(3_500);
    }

    /** An application that moves from a classic group to a streams group does nothing again. */
    static void fromClassic(Session session) throws Exception {
        WordCounting application = WordCounting.of(session, PARTITIONS);
        KafkaStreams classic = application.create("a", Map.of("group.protocol", "classic"));
        classic.start();
        application.feed(0, 700);
        application.counted(700);
        application.stop(classic);
        Session.eventually("an empty group", () -> {
            try {
                return application.admin.describeClassicGroups(List.of(application.id)).all().get().get(application.id).state() == ClassicGroupState.EMPTY;
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
        application.start("a");
        application.feed(700, 1_400);
        application.counted(1_400);
    }

    /** An instance that meets what it cannot work on may end the whole application (KIP-671). */
    static void shutdown(Session session) throws Exception {
        String input = session.topic(PARTITIONS, Map.of());
        String output = session.topic();
        Application application = new Application(session, builder -> builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()))
            .mapValues(value -> {
                if (value.equals("poison")) throw new IllegalStateException(value);
                return value;
            })
            .to(output, Produced.with(Serdes.String(), Serdes.String())));
        List<KafkaStreams> both = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            KafkaStreams streams = application.create(name, Map.of());
            streams.setUncaughtExceptionHandler(failure -> StreamThreadExceptionResponse.SHUTDOWN_APPLICATION);
            streams.start();
            both.add(streams);
        }
        application.settles("both have tasks", () -> both.stream().allMatch(one -> Application.activeTasks(one) == PARTITIONS / 2));
        session.producer(Map.of()).send(new ProducerRecord<>(input, 0, "k", "poison")).get();
        Application.eventually("both end", () -> both.stream().allMatch(one -> one.state() == KafkaStreams.State.ERROR));
    }
}
