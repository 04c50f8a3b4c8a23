import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A queue at work while its broker is killed: nothing that was acknowledged comes again, and nothing is left out. */
final class ShareRestartCases {
    private static final int FIRST = 2_000;
    private static final int ALL = 4_000;

    private static Session lasting;
    private static ShareSession share;
    private static String topic;
    private static KafkaProducer<String, String> producer;
    private static KafkaShareConsumer<String, String> holder;
    private static final List<Thread> workers = new ArrayList<>();
    private static final AtomicBoolean isOver = new AtomicBoolean();
    private static final AtomicReference<Throwable> failure = new AtomicReference<>();
    private static final Set<Long> accepted = new ConcurrentSkipListSet<>();
    /** Accepted in a request that was not answered: it may come again, and need not. */
    private static final Set<Long> uncertain = new ConcurrentSkipListSet<>();

    static void beforeRestart(Session session) throws Exception {
        lasting = new Session(session, session.unique("lasting"));
        share = new ShareSession(lasting, Map.of("share.record.lock.duration.ms", "20000"));
        topic = lasting.topic();
        producer = lasting.producer(Map.of());
        // It dies with the broker: what it held is delivered again.
        holder = share.explicit(topic, Map.of("share.acquire.mode", "record_limit", "max.poll.records", "10"));
        send(0, FIRST);
        Session.equal(ShareSession.next(holder).size(), 10);
        for (int i = 0; i < 3; i++) workers.add(new Thread(ShareRestartCases::work));
        for (Thread worker : workers) worker.start();
        Session.eventually("a good part", () -> accepted.size() > FIRST / 4 || failure.get() != null);
    }

    static void afterRestart(Session session) throws Exception {
        send(FIRST, ALL);
        Session.eventually("all records", () -> isSeen(ALL) || failure.get() != null);
        if (failure.get() == null) share.lagBecomes(topic, 0);
        isOver.set(true);
        for (Thread worker : workers) worker.join();
        if (failure.get() != null) throw new AssertionError(failure.get());
        lasting.close();
    }

    private static boolean isSeen(int count) {
        if (accepted.size() + uncertain.size() < count) return false;
        for (long offset = 0; offset < count; offset++) {
            if (!accepted.contains(offset) && !uncertain.contains(offset)) return false;
        }
        return true;
    }

    private static void send(int from, int end) {
        for (int i = from; i < end; i++) producer.send(new ProducerRecord<>(topic, 0, null, "" + i));
        producer.flush();
    }

    /** Accepts most records, gives some back, and remembers what the broker said to have stored. */
    private static void work() {
        Map<String, String> config = Map.of("share.acquire.mode", "record_limit", "max.poll.records", "20");
        try (KafkaShareConsumer<String, String> consumer = share.explicit(topic, config)) {
            while (!isOver.get()) {
                List<Long> taken = new ArrayList<>();
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    Session.isTrue(!accepted.contains(record.offset()), "came again after it was accepted: " + record);
                    boolean isAccepted = record.offset() % 7 != 0 || ShareSession.deliveries(record) > 1;
                    consumer.acknowledge(record, isAccepted ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
                    if (isAccepted) taken.add(record.offset());
                }
                boolean isStored = consumer.commitSync().values().stream().allMatch(answer -> answer.isEmpty());
                (isStored ? accepted : uncertain).addAll(taken);
            }
        } catch (Throwable wrong) {
            failure.compareAndSet(null, wrong);
        }
    }
}
