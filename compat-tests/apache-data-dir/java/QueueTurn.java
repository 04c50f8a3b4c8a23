import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A turn of share groups on one broker: `QueueTurn work bootstrap ledger round stop|kill`. All that the turns before have left
 * must be as the ledger says: configurations, start offsets, and each record that is not done with comes, with the count of its
 * deliveries. Then records are accepted, rejected and released in turns, and some are held. By `stop` their member leaves; by
 * `kill` it stays until `QueueTurn abandon`.
 */
public final class QueueTurn extends Turn {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOPIC = "queue";
    private static final String GROUP = "workers";
    private static final int PARTITIONS = 2;
    private static final int DELIVERY_LIMIT = 6;
    private static final int PATIENCE_S = 90;
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Map<String, String> CONFIGS = Map.of(
        "share.auto.offset.reset", "earliest", "share.record.lock.duration.ms", "60000", "share.isolation.level", "read_committed",
        "share.delivery.count.limit", "" + DELIVERY_LIMIT, "share.partition.max.record.locks", "500");

    private static KafkaShareConsumer<String, String> holder;

    /** Between two turns. */
    public static final class Ledger {
        /** How often each record that is not done with has been delivered, as the share coordinator has it. */
        public Map<String, Integer> left = new TreeMap<>();
        /** The groups as Admin has shown them last. */
        public Map<String, String> view = new TreeMap<>();
    }

    private final int round;
    private final Ledger ledger;

    private QueueTurn(String bootstrap, int round, Ledger ledger) {
        super(bootstrap, PATIENCE_S);
        this.round = round;
        this.ledger = ledger;
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("abandon")) {
            if (holder != null) holder.close(Duration.ZERO);
            holder = null;
            return;
        }
        File file = new File(args[2]);
        Ledger ledger = file.exists() ? JSON.readValue(file, Ledger.class) : new Ledger();
        QueueTurn turn = new QueueTurn(args[1], Integer.parseInt(args[3]), ledger);
        try {
            turn.run(args[4].equals("kill"));
        } finally {
            turn.admin.close(Duration.ZERO);
        }
        JSON.writeValue(file, ledger);
        System.out.println(ledger.left.size() + " records left, " + ledger.view);
    }

    private void run(boolean kill) throws Exception {
        if (round == 0) prepare();
        else {
            // A broker that has just started lists the groups whose coordinators it has loaded.
            until("all groups", () -> view().keySet().containsAll(ledger.view.keySet()));
            equal("the groups", view(), ledger.view);
        }
        produce();
        Set<String> others = groupsBeside();
        work();
        hold(kill);
        if (!others.isEmpty()) alter(others);
        ledger.view = view();
        checkStarts();
    }

    private KafkaShareConsumer<String, String> member(String group, int maxRecords) {
        Properties properties = properties();
        properties.put("group.id", group);
        properties.put("share.acknowledgement.mode", "explicit");
        properties.put("share.acquire.mode", "record_limit");
        properties.put("max.poll.records", maxRecords);
        KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(TOPIC));
        return consumer;
    }

    private void prepare() throws Exception {
        admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
        configure(GROUP, CONFIGS);
    }

    /** Groups with a state and no members: one that an administrator moves; one that is deleted again; one that forgets the topic. Answers those that are to be moved. */
    private Set<String> groupsBeside() throws Exception {
        if (round > 0) return Set.of("moved");
        for (String group : List.of("moved", "deleted", "forgetful")) {
            configure(group, Map.of("share.auto.offset.reset", "by_duration:PT1H"));
            try (KafkaShareConsumer<String, String> member = member(group, 1)) {
                until("the state of " + group, () -> {
                    member.poll(POLL).forEach(record -> member.acknowledge(record, AcknowledgeType.RELEASE));
                    return startOffsets(group).size() == PARTITIONS;
                });
            }
        }
        admin.deleteShareGroups(List.of("deleted")).all().get();
        admin.deleteShareGroupOffsets("forgetful", Set.of(TOPIC)).all().get();
        return Set.of("moved");
    }

    /** A state that was written by an administrator, in a state epoch of its own. */
    private void alter(Collection<String> groups) throws Exception {
        for (String group : groups) {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            for (int i = 0; i < PARTITIONS; i++) offsets.put(new TopicPartition(TOPIC, i), 3L + round + 2 * i);
            admin.alterShareGroupOffsets(group, offsets).all().get();
        }
    }

    /** Records alone and in batches; those of a transaction that is aborted never come. */
    private void produce() throws Exception {
        Properties properties = properties();
        properties.put("linger.ms", "5");
        properties.put("transactional.id", "queue-" + round);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            for (boolean commit : new boolean[] {true, false, true}) {
                producer.beginTransaction();
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int i = 0; i < 24; i++) {
                    sent.add(producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, "k", "round " + round + ", " + i)));
                    if (i % 6 == 5) producer.flush();
                }
                if (!commit) producer.abortTransaction();
                else {
                    producer.commitTransaction();
                    for (Future<RecordMetadata> one : sent) ledger.left.put(one.get().topic() + "-" + one.get().partition() + "@" + one.get().offset(), 0);
                }
            }
        }
    }

    private static String nameOf(ConsumerRecord<?, ?> record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }

    /** The count of the record's deliveries, which must be one more than before. */
    private int check(ConsumerRecord<String, String> record) {
        Integer before = ledger.left.get(nameOf(record));
        int count = record.deliveryCount().map(Number::intValue).orElseThrow();
        if (before == null) throw new AssertionError(nameOf(record) + " came, which is done with, or was never committed");
        equal("the deliveries of " + nameOf(record), count, before + 1);
        return count;
    }

    private void settle(String name, AcknowledgeType type, int count) {
        boolean isLeft = type == AcknowledgeType.RELEASE && count < DELIVERY_LIMIT;
        if (isLeft) ledger.left.put(name, count);
        else ledger.left.remove(name);
    }

    private AcknowledgeType decide(ConsumerRecord<String, String> record, int count) {
        int lot = Math.floorMod(Objects.hash(record.partition(), record.offset(), round, count), 10);
        return lot < 4 ? AcknowledgeType.ACCEPT : lot < 6 ? AcknowledgeType.REJECT : AcknowledgeType.RELEASE;
    }

    /** Until each record that was left has come at least once. */
    private void work() {
        Set<String> unseen = new TreeSet<>(ledger.left.keySet());
        try (KafkaShareConsumer<String, String> worker = member(GROUP, 7)) {
            until(unseen, () -> {
                Map<String, Runnable> fates = new HashMap<>();
                for (ConsumerRecord<String, String> record : worker.poll(POLL)) {
                    int count = check(record);
                    AcknowledgeType type = decide(record, count);
                    worker.acknowledge(record, type);
                    unseen.remove(nameOf(record));
                    fates.put(nameOf(record), () -> settle(nameOf(record), type, count));
                }
                commit(worker);
                fates.values().forEach(Runnable::run);
                return unseen.isEmpty();
            });
        }
    }

    private void hold(boolean kill) {
        holder = member(GROUP, 10);
        List<ConsumerRecord<String, String>> held = new ArrayList<>();
        until("records to hold", () -> {
            holder.poll(POLL).forEach(held::add);
            return !held.isEmpty();
        });
        ConsumerRecord<String, String> first = held.remove(0);
        int count = check(first);
        holder.acknowledge(first, AcknowledgeType.ACCEPT);
        commit(holder);
        settle(nameOf(first), AcknowledgeType.ACCEPT, count);
        if (kill) return;
        holder.close();
        for (ConsumerRecord<String, String> record : held) settle(nameOf(record), AcknowledgeType.RELEASE, check(record));
    }

    private static void commit(KafkaShareConsumer<String, String> consumer) {
        consumer.commitSync().forEach((partition, failure) -> {
            if (failure.isPresent()) throw new AssertionError(partition + " was refused", failure.get());
        });
    }

    private Map<String, String> startOffsets(String group) throws Exception {
        Map<String, String> offsets = new TreeMap<>();
        var found = admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(group).get();
        found.forEach((partition, info) -> {
            if (info != null) offsets.put(partition.toString(), info.startOffset() + " lag " + info.lag().map(String::valueOf).orElse("?"));
        });
        return offsets;
    }

    private Map<String, String> view() throws Exception {
        Map<String, String> view = new TreeMap<>();
        for (var group : admin.listGroups(ListGroupsOptions.forShareGroups()).all().get()) {
            String id = group.groupId();
            view.put(id, configs(id) + " " + startOffsets(id));
        }
        return view;
    }

    /** The start offset is stored with the change after the one that moves it, and never lies beyond what is left. */
    private void checkStarts() throws Exception {
        for (int i = 0; i < PARTITIONS; i++) {
            String name = TOPIC + "-" + i;
            long start = Long.parseLong(startOffsets(GROUP).get(name).split(" ")[0]);
            Optional<Long> first = ledger.left.keySet().stream().filter(one -> one.startsWith(name + "@"))
                .map(one -> Long.parseLong(one.substring(one.indexOf('@') + 1))).min(Long::compare);
            if (first.isPresent() && start > first.get()) throw new AssertionError(name + " starts at " + start + ", and " + first.get() + " is left");
        }
    }
}
