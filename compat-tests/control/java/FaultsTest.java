import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault, met by the Java client: wrong in the way that the fault brings out, and right after it. */
class FaultsTest {
    private final String topic = "orders-" + UUID.randomUUID().toString().substring(0, 8);

    @BeforeEach
    void create() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
        }
    }

    @AfterEach
    void clear() {
        Hand.ask("DELETE", "/faults", null);
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", Hand.SERVERS));
    }

    private static KafkaProducer<String, String> producer(Object... more) {
        return new KafkaProducer<>(with(more), new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer(String group, Object... more) {
        Map<String, Object> config = with(more);
        config.put("group.id", group + "-" + topic);
        config.put("auto.offset.reset", "earliest");
        KafkaConsumer<String, String> made = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        made.subscribe(List.of(topic));
        return made;
    }

    private static Map<String, Object> with(Object... more) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", Hand.SERVERS));
        for (int at = 0; at < more.length; at += 2) config.put((String) more[at], more[at + 1]);
        return config;
    }

    private void send(KafkaProducer<String, String> producer, String value, int partition) throws Exception {
        producer.send(new ProducerRecord<>(topic, partition, null, value)).get(20, TimeUnit.SECONDS);
    }

    private Throwable failure(KafkaProducer<String, String> producer, String value, int partition) {
        return assertThrows(ExecutionException.class, () -> send(producer, value, partition)).getCause();
    }

    private static String next(KafkaConsumer<String, String> consumer, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(50))) return record.value();
        }
        return null;
    }

    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void errorOfOnePartition() throws Exception {
        String leader = "\"api\": \"Produce\", \"topic\": \"" + topic + "\", \"error\": \"NOT_LEADER_OR_FOLLOWER\"";
        try (Hand.Rule rule = Hand.Rule.on("{" + leader + ", \"partition\": 0}"); var impatient = producer("retries", 0)) {
            assertInstanceOf(NotLeaderOrFollowerException.class, failure(impatient, "lost", 0));
            send(impatient, "other", 1);
            assertEquals(1, rule.hits());
        }
        try (Hand.Rule rule = Hand.Rule.on("{" + leader + ", \"times\": 2}"); var patient = producer()) {
            send(patient, "patient", 0);
            rule.hit(2);
        }
        assertEquals(List.of("patient", "other"), Hand.values(topic, 2));
    }

    @Test
    void delay() throws Exception {
        String slow = "{\"api\": \"Produce\", \"clientId\": \"billing-" + topic + "\", \"delayMs\": 800}";
        try (Hand.Rule rule = Hand.Rule.on(slow); var others = producer();
            var billing = producer("client.id", "billing-" + topic, "request.timeout.ms", 200, "delivery.timeout.ms", 300)) {
            send(others, "a", 0);
            assertInstanceOf(TimeoutException.class, failure(billing, "b", 0));
            rule.hit(1);
        }
        try (var billing = producer("client.id", "billing-" + topic)) {
            send(billing, "c", 1);
        }
        // The late one may be written as well, for nobody told the broker that its client had given up.
        assertEquals(List.of("c"), Hand.fields(Hand.ask("GET", "/topics/" + topic + "/records?count=1&value=c", null), "value"));
    }

    @Test
    void delayOfWhatOneClientReads() throws Exception {
        try (var writer = producer()) {
            send(writer, "a", 0);
        }
        try (var other = consumer("other"); var slow = consumer("slow", "client.id", "billing-" + topic)) {
            try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"Fetch\", \"clientId\": \"billing-" + topic + "\", \"delayMs\": 1500}")) {
                assertEquals(null, next(slow, Duration.ofMillis(700)));
                rule.hit(1);
                assertEquals("a", next(other, LONG));
            }
            assertEquals("a", next(slow, LONG));
        }
    }

    @Test
    void lostRequestIsNotCarriedOut() throws Exception {
        try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"Produce\", \"topic\": \"" + topic + "\", \"drop\": \"request\", \"times\": 1}");
            var impatient = producer("retries", 0); var writer = producer()) {
            failure(impatient, "never", 0);
            rule.hit(1);
            send(writer, "a", 0);
        }
        assertEquals(List.of("a"), Hand.values(topic, 1));
    }

    @Test
    void lostAnswerOfTheEndOfATransaction() throws Exception {
        String id = "tx-" + topic;
        try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"EndTxn\", \"transactionalId\": \"" + id + "\", \"drop\": \"response\", \"times\": 1}");
            var writer = producer("transactional.id", id)) {
            writer.initTransactions();
            writer.beginTransaction();
            send(writer, "committed", 0);
            writer.commitTransaction();
            rule.hit(1);
        }
        assertEquals(List.of("committed"), Hand.values(topic, 1));
    }

    @Test
    void lostAnswerOfAProduce() throws Exception {
        for (boolean idempotent : new boolean[] {true, false}) {
            try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"Produce\", \"topic\": \"" + topic + "\", \"drop\": \"response\", \"times\": 1}");
                var writer = producer("enable.idempotence", idempotent)) {
                send(writer, "v", idempotent ? 0 : 1);
                rule.hit(1);
            }
        }
        assertEquals(List.of("v", "v", "v"), Hand.values(topic, 3), "once with idempotence, twice without");
    }

    @Test
    void hold() throws Exception {
        try (var writer = producer()) {
            send(writer, "a", 0);
        }
        try (var member = consumer("held")) {
            try (Hand.Rule gate = Hand.Rule.on("{\"api\": \"JoinGroup\", \"groupId\": \"held-" + topic + "\", \"hold\": true}")) {
                assertEquals(null, next(member, Duration.ofMillis(500)));
                gate.hit(1);
            }
            assertEquals("a", next(member, LONG));
        }
    }

    @Test
    void throttle() throws Exception {
        try (var writer = producer()) {
            send(writer, "a", 0);
            try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"Produce\", \"topic\": \"" + topic + "\", \"throttleMs\": 400, \"chance\": 1, \"seed\": 42}")) {
                long before = System.nanoTime();
                send(writer, "b", 0);
                send(writer, "c", 0);
                assertTrue(System.nanoTime() - before >= 350_000_000L, "the second one had to wait");
                rule.hit(2);
            }
            double told = writer.metrics().entrySet().stream()
                .filter(each -> each.getKey().name().equals("produce-throttle-time-max"))
                .mapToDouble(each -> (Double) each.getValue().metricValue()).max().orElse(0);
            assertTrue(told >= 400, "the client was told " + told);
        }
    }

    @Test
    void reply() throws Exception {
        try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"DescribeCluster\", \"reply\": {\"controllerId\": -1}}"); Admin admin = admin()) {
            assertEquals(null, admin.describeCluster().controller().get());
            rule.hit(1);
        }
        try (Admin admin = admin()) {
            assertEquals(1, admin.describeCluster().controller().get().id());
        }
    }

    @Test
    void networkAndCuts() throws Exception {
        try (var writer = producer("client.id", "cut-" + topic)) {
            send(writer, "a", 0);
            String id = Hand.field(Hand.ask("POST", "/network", "{\"latencyMs\": 300, \"jitterMs\": 5, \"bytesPerSecond\": 1000000}"), "id");
            long before = System.nanoTime();
            send(writer, "b", 0);
            assertTrue(System.nanoTime() - before >= 290_000_000L);
            Hand.ask("DELETE", "/network/" + id, null);
            assertTrue(Integer.parseInt(Hand.field(Hand.ask("POST", "/cut", "{\"clientId\": \"cut-" + topic + "\"}"), "count")) > 0);
            send(writer, "c", 0);
        }
        assertEquals(List.of("a", "b", "c"), Hand.values(topic, 3));
    }

    @Test
    void fullDisk() throws Exception {
        String id = Hand.field(Hand.ask("POST", "/disk", "{\"error\": \"ENOSPC\", \"path\": \"" + topic + "\"}"), "id");
        try (var impatient = producer("retries", 0)) {
            assertInstanceOf(KafkaException.class, failure(impatient, "refused", 0));
        }
        Hand.ask("DELETE", "/disk/" + id, null);
        try (var writer = producer()) {
            send(writer, "a", 0);
        }
        assertEquals(List.of("a"), Hand.values(topic, 1));
    }

    @Test
    void slowDisk() throws Exception {
        try (var writer = producer()) {
            send(writer, "a", 0);
            String id = Hand.field(Hand.ask("POST", "/disk", "{\"stallMs\": 700, \"path\": \"" + topic + ".*log$\"}"), "id");
            long before = System.nanoTime();
            send(writer, "b", 0);
            assertTrue(System.nanoTime() - before >= 700_000_000L);
            Hand.ask("DELETE", "/disk/" + id, null);
            send(writer, "c", 0);
        }
        assertEquals(List.of("a", "b", "c"), Hand.values(topic, 3));
    }

    @Test
    void fencedTransaction() throws Exception {
        String id = "fenced-" + topic;
        try (Hand.Rule rule = Hand.Rule.on("{\"api\": \"EndTxn\", \"transactionalId\": \"" + id + "\", \"error\": \"INVALID_PRODUCER_EPOCH\"}");
            var writer = producer("transactional.id", id)) {
            writer.initTransactions();
            writer.beginTransaction();
            send(writer, "never", 0);
            KafkaException thrown = assertThrows(KafkaException.class, writer::commitTransaction);
            assertTrue(thrown instanceof InvalidProducerEpochException || thrown instanceof ProducerFencedException, thrown.toString());
            rule.hit(1);
        }
        try (var writer = producer("transactional.id", id)) {
            writer.initTransactions();
            writer.beginTransaction();
            send(writer, "after", 0);
            writer.commitTransaction();
        }
        assertEquals(List.of("after"), Hand.values(topic, 1));
    }

    @Test
    void moves() throws Exception {
        try (var writer = producer(); var member = consumer("moved", "heartbeat.interval.ms", 100)) {
            send(writer, "a", 0);
            assertEquals("a", next(member, LONG));
            Hand.ask("POST", "/groups/moved-" + topic + "/move-coordinator", null);
            Hand.ask("POST", "/topics/" + topic + "/partitions/0/change-leader-epoch", null);
            send(writer, "b", 0);
            assertEquals("b", next(member, LONG));
            member.commitSync();
            Hand.ask("GET", "/groups/moved-" + topic + "/caught-up", null);
        }
    }
}
