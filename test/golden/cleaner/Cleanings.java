// What Apache Kafka's log cleaner leaves of logs that were written at random: producers with and without transactions,
// tombstones, records without keys, all codecs and formats, several rounds of appends and cleanings with time in between.
// Writes one cleaning a line: the files before it, what is asked for, the files after it.
//   Compile beside the classes of ../shared/kafka-4.4/generator and run: java Cleanings OUT.json SEED LOGS
// cases.json is seed 1 with 14 logs, of Apache Kafka 4.4.0.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.lang.reflect.Method;
import java.nio.file.*;
import java.nio.file.attribute.FileTime;
import java.util.*;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.*;
import org.apache.kafka.storage.internals.utils.Throttler;

public final class Cleanings {
    static Random r;
    static long now;

    public static void main(String[] a) throws Exception {
        r = new Random(Long.parseLong(a[1]));
        Batches.r = r;
        Storage.r = r;
        Path root = Files.createTempDirectory("cleanings");
        List<JsonNode> out = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(a[2]); i++) new Cleanings(root.resolve(i + "/t-0"), i).run(out);
        Out.lines(Path.of(a[0]), out);
        Storage.delete(root);
        System.exit(0);
    }

    final Path dir;
    final Map<String, String> config = new TreeMap<>();
    final boolean compressed, legacy, endsInTombstone;
    /** By producer id: epoch and next sequence. */
    final Map<Long, int[]> producers = new TreeMap<>();
    final Set<Long> open = new TreeSet<>();
    UnifiedLog log;
    int leaderEpoch = 0;
    long cleaned = 0;

    Cleanings(Path dir, int index) {
        this.dir = dir;
        compressed = index % 3 == 1;
        legacy = index % 6 == 5;
        endsInTombstone = index % 7 == 6;
        config.put("cleanup.policy", r.nextInt(4) == 0 ? "compact,delete" : "compact");
        config.put("internal.segment.bytes", "" + (r.nextInt(3) == 0 ? 4000 : 900 + r.nextInt(600)));
        config.put("index.interval.bytes", "" + (r.nextInt(3) == 0 ? 0 : r.nextInt(500)));
        config.put("delete.retention.ms", "" + (r.nextInt(3) == 0 ? 0 : 20_000 + r.nextInt(60_000)));
        config.put("retention.ms", "-1");
        if (r.nextInt(3) == 0) config.put("min.compaction.lag.ms", "" + r.nextInt(40_000));
        if (r.nextInt(4) == 0) config.put("message.timestamp.type", "LogAppendTime");
    }

    void run(List<JsonNode> out) throws Exception {
        now = Batches.T;
        log = reopen(0);
        for (int round = 0; round < 3; round++) {
            for (int n = 8 + r.nextInt(20); n > 0; n--) step();
            if (r.nextInt(3) == 0) log.roll();
            if (r.nextInt(5) == 0 && log.logEndOffset() > 10) log.maybeIncrementLogStartOffset(log.logStartOffset() + r.nextInt(8), LogStartOffsetIncrementReason.ClientRecordDeletion);
            cleaning(out, round);
        }
        if (endsInTombstone) {
            // Its horizon is set by one cleaning and has passed at the next, whose checkpoint is lost: the batch is empty then and the last.
            for (long id : List.copyOf(open)) end(id);
            now += 100_000;
            append(new Batches.B().base(log.logEndOffset()).leader(leaderEpoch).at(log.logEndOffset(), now, Batches.s("key-0"), null));
            log.roll();
            now += 50_000;
            cleaning(out, 3);
            now += 100_000;
            cleaned = log.logStartOffset();
            cleaning(out, 4);
        }
        close();
    }

    void cleaning(List<JsonNode> out, int round) throws Exception {
        long start = log.logStartOffset();
        close();
        ObjectNode o = Out.obj().put("name", dir.getParent().getFileName() + "." + round).put("compressed", compressed);
        o.set("topicConfig", Out.JSON.valueToTree(config));
        o.put("logStartOffset", start);
        age(o);
        o.set("before", files());
        log = reopen(start);
        now += r.nextInt(50_000);
        boolean counts = clean(o);
        close();
        o.set("after", files());
        if (counts) out.add(o);
        log = reopen(start);
    }

    /** Closes the log as a clean shutdown does: close alone leaves the last segment's indexes at their full size. */
    void close() throws Exception {
        log.prepareActiveSegmentForClose();
        log.flush(true);
        log.close();
    }

    UnifiedLog reopen(long start) throws Exception {
        Files.createDirectories(dir);
        Map<String, String> c = new HashMap<>(Map.of("segment.index.bytes", "1200"));
        c.putAll(config);
        UnifiedLog l = UnifiedLog.create(dir.toFile(), new LogConfig(c), start, 0L, Storage.NONE, new org.apache.kafka.storage.log.metrics.BrokerTopicStats(false), new Batches.MockClock(), Integer.MAX_VALUE, new ProducerStateManagerConfig(Integer.MAX_VALUE, false), 600_000, new LogDirFailureChannel(1), true, Optional.of(Uuid.ONE_UUID));
        l.updateHighWatermark(l.logEndOffset());
        return l;
    }

    /**
     * False for what is not worth imitating: Kafka asks the index for aborted transactions since the start of the log, not
     * since the first dirty offset, and takes one that ended before that for the producer's next, whose keys it then misses.
     */
    boolean clean(ObjectNode o) throws Exception {
        Method method = LogCleanerManager.class.getDeclaredMethod("cleanableOffsets", UnifiedLog.class, Optional.class, long.class);
        method.setAccessible(true);
        Object offsets = method.invoke(null, log, Optional.of(cleaned), now);
        long firstDirty = offset(offsets, "firstDirtyOffset");
        LogToClean ltc = new LogToClean(log, firstDirty, offset(offsets, "firstUncleanableDirtyOffset"), false);
        int slots = r.nextInt(4) == 0 ? 4 + r.nextInt(12) : 1000, io = 200 + r.nextInt(2000);
        o.put("nowMs", now).put("cleanedOffset", cleaned).put("dedupeBufferBytes", slots * 24).put("ioBufferBytes", io);
        o.put("firstDirtyOffset", firstDirty).put("firstUncleanableOffset", ltc.firstUncleanableOffset()).put("cleanableBytes", ltc.cleanableBytes()).put("cleanableRatio", Double.isNaN(ltc.cleanableRatio()) ? 0 : ltc.cleanableRatio());
        if (ltc.cleanableBytes() == 0) return true;   // Kafka would not begin
        boolean counts = log.collectAbortedTransactions(firstDirty, ltc.firstUncleanableOffset()).stream().noneMatch(t -> t.lastOffset() < firstDirty);
        Cleaner cleaner = new Cleaner(0, new SkimpyOffsetMap(slots * 24), io, 1 << 20, 0.75, new Throttler(Double.MAX_VALUE, 300, "cleaner-io", "bytes", Time.SYSTEM), Time.SYSTEM, tp -> { });
        cleaned = cleaner.doClean(ltc, now).getKey();
        o.put("endOffset", cleaned);
        return counts;
    }
    static long offset(Object record, String name) throws Exception {
        Method m = record.getClass().getDeclaredMethod(name);
        m.setAccessible(true);
        return (Long) m.invoke(record);
    }

    /** Segments were last written at some time, which matters for records that have no delete horizon. */
    void age(ObjectNode o) throws Exception {
        ObjectNode ages = o.putObject("modifiedMs");
        long t = now - 150_000;
        for (Path f : list()) {
            if (!f.toString().endsWith(".log")) continue;
            t += r.nextInt(30_000);
            Files.setLastModifiedTime(f, FileTime.fromMillis(t));
            ages.put(f.getFileName().toString(), t);
        }
    }
    List<Path> list() throws Exception { try (Stream<Path> s = Files.list(dir)) { return s.sorted().toList(); } }
    ObjectNode files() throws Exception {
        ObjectNode o = Out.obj();
        for (Path f : list()) if (!f.toString().endsWith(".deleted")) o.put(f.getFileName().toString(), Out.b64(Files.readAllBytes(f)));
        for (Path f : list()) if (f.toString().endsWith(".deleted")) Files.delete(f);
        return o;
    }

    void step() throws Exception {
        now += r.nextInt(3000);
        if (r.nextInt(30) == 0) leaderEpoch++;
        int what = r.nextInt(12);
        if (what < 5) append(data());
        else if (what < 7) append(idempotent(data(), 10 + r.nextInt(3)));
        else if (what < 10) { long id = 20 + r.nextInt(3); append(idempotent(data(), id).txn()); open.add(id); }
        else if (!open.isEmpty()) end(new ArrayList<>(open).get(r.nextInt(open.size())));
    }
    void append(Batches.B b) throws Exception { log.appendAsFollower(Storage.mem(b.bytes()), leaderEpoch); log.updateHighWatermark(log.logEndOffset()); }

    Batches.B data() {
        int magic = legacy && r.nextInt(3) > 0 ? r.nextInt(2) : 2;
        Batches.B b = new Batches.B().base(log.logEndOffset()).magic(magic).leader(magic == 2 ? leaderEpoch : -1);
        if (compressed && r.nextBoolean()) b.codec(Batches.CODECS.get(1 + r.nextInt(magic == 2 ? 4 : 3)));
        if (magic > 0 && config.containsKey("message.timestamp.type")) b.append(now);
        if (magic == 2 && r.nextInt(12) == 0) b.horizon(now + r.nextInt(100_000) - 50_000);
        long offset = log.logEndOffset();
        for (int n = 1 + r.nextInt(5); n > 0; n--) {
            Header[] headers = new Header[magic == 2 && r.nextInt(4) == 0 ? 1 + r.nextInt(2) : 0];
            for (int h = 0; h < headers.length; h++) headers[h] = Batches.h(Batches.word(), r.nextInt(3) == 0 ? null : Batches.rnd(r.nextInt(9)));
            byte[] key = r.nextInt(25) == 0 ? null : Batches.s("key-" + r.nextInt(12)), value = r.nextInt(6) == 0 ? null : Batches.rnd(r.nextInt(60));
            b.at(offset, magic == 0 || r.nextInt(40) == 0 ? -1 : now - r.nextInt(5000), key, value, headers);
            offset += 1 + (magic == 2 && r.nextInt(12) == 0 ? r.nextInt(4) : 0);
        }
        return b;
    }
    Batches.B idempotent(Batches.B b, long id) {
        if (b.magic != 2) { b = new Batches.B().base(log.logEndOffset()).leader(leaderEpoch).rec(now, Batches.s("key-" + r.nextInt(12)), Batches.rnd(20)); }
        int[] state = producers.computeIfAbsent(id, x -> new int[]{0, 0});
        if (!open.contains(id) && r.nextInt(10) == 0) { state[0]++; state[1] = 0; }
        b.producer(id, state[0], state[1]);
        long last = (Long) b.recs.get(b.recs.size() - 1)[0];
        state[1] += (int) (last - b.base) + 1;
        return b;
    }
    void end(long id) throws Exception {
        open.remove(id);
        int[] state = producers.get(id);
        if (r.nextBoolean()) { state[0]++; state[1] = 0; }   // transaction version 2
        ControlRecordType type = r.nextBoolean() ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        log.appendAsFollower(MemoryRecords.withEndTransactionMarker(log.logEndOffset(), now, leaderEpoch, id, (short) state[0], new EndTransactionMarker(type, 3)), leaderEpoch);
        log.updateHighWatermark(log.logEndOffset());
    }
}
