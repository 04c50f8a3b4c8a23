// What Apache Kafka's log makes of batches that are nearly right: broken at random, mostly with the checksum set anew,
// then appended to UnifiedLogs of several topic configurations. Writes one case a line: the bytes, the verdict at each
// stage as in vectors/MalformedBatches.json, the append's outcome and, where it succeeds, what stands in the log.
//   Compile beside the classes of ../shared/kafka-4.4/generator and run: java LeaderAppends OUT.json SEED COUNT
// cases.json is seed 1 with 540 cases, of Apache Kafka 4.4.0.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.UnifiedLog;

public final class LeaderAppends {
    static final List<Map<String, String>> CONFIGS = List.of(
        Map.of(),
        Map.of("message.timestamp.type", "LogAppendTime"),
        Map.of("cleanup.policy", "compact"),
        Map.of("compression.type", "gzip"),
        Map.of("compression.type", "zstd"),
        Map.of("compression.type", "lz4"),
        Map.of("compression.type", "snappy"),
        Map.of("compression.type", "uncompressed"),
        Map.of("message.timestamp.before.max.ms", "100000", "message.timestamp.after.max.ms", "50000"),
        Map.of("max.message.bytes", "200"),
        Map.of("compression.type", "gzip", "message.timestamp.type", "LogAppendTime"));
    /** Header fields worth breaking: the first or last byte of each. */
    static final int[] HEADER = {8, 11, 12, 16, 21, 22, 23, 26, 27, 34, 35, 42, 43, 51, 53, 57, 60};
    static final UnifiedLog[] logs = new UnifiedLog[CONFIGS.size()];
    static Path root;
    static Random r;

    public static void main(String[] a) throws Exception {
        r = new Random(Long.parseLong(a[1]));
        Batches.r = r;
        root = Files.createTempDirectory("leader-appends");
        List<JsonNode> out = new ArrayList<>();
        while (out.size() < Integer.parseInt(a[2])) {
            byte[] bytes;
            try { bytes = r.nextInt(10) == 0 ? legacy() : r.nextInt(4) == 0 ? compressedAfterwards() : current(); }
            catch (RuntimeException e) { continue; }   // the builder itself refused
            out.add(judge(bytes, r.nextInt(CONFIGS.size())));
        }
        Out.lines(Path.of(a[0]), out);
        System.exit(0);
    }

    static ObjectNode judge(byte[] bytes, int config) throws Exception {
        ObjectNode o = Out.obj();
        o.set("topicConfig", Out.JSON.valueToTree(new TreeMap<>(CONFIGS.get(config))));
        o.put("hex", Out.hex(bytes));
        Out.put(o, "batches", Batches.err(() -> { int n = 0; for (var b : batches(bytes)) n++; return n; }));
        Out.put(o, "ensureValid", Batches.err(() -> { for (var b : batches(bytes)) b.ensureValid(); return "ok"; }));
        Out.put(o, "records", Batches.err(() -> { int n = 0; for (var b : batches(bytes)) for (var x : b) { x.ensureValid(); n++; } return n; }));
        Out.put(o, "produceRequest", Batches.err(() -> { ProduceRequest.validateRecords((short) 13, Storage.mem(bytes)); return "ok"; }));
        if (logs[config] == null) logs[config] = Storage.open(root.resolve(config + "-" + r.nextInt()).resolve("t-0"), CONFIGS.get(config), Uuid.ONE_UUID);
        UnifiedLog log = logs[config];
        long next = log.logEndOffset();
        o.put("nextOffset", "" + next);
        Out.put(o, "leaderAppend", Batches.err(() -> {
            var info = log.appendAsLeader(Storage.mem(bytes.clone()), 7);
            return Out.obj().put("firstOffset", "" + info.firstOffset()).put("lastOffset", "" + info.lastOffset());
        }));
        if (log.logEndOffset() > next) {
            try {
                FileRecords read = (FileRecords) log.read(next, 1 << 20, FetchIsolation.LOG_END, true).records;
                ByteBuffer stored = ByteBuffer.allocate(read.sizeInBytes());
                read.readInto(stored, 0);
                o.put("stored", Out.hex(Out.bytes(stored)));
            } catch (RuntimeException e) { /* offsets so odd that the log cannot find them again */ }
            if (log.logEndOffset() > next + 100_000) logs[config] = null;
        }
        return o;
    }
    static Iterable<MutableRecordBatch> batches(byte[] b) { return MemoryRecords.readableRecords(ByteBuffer.wrap(b)).batches(); }

    /** A batch of a few records; now and then with a producer, an append time, a gap or a missing timestamp. */
    static Batches.B good(int magic, String codec) {
        Batches.B b = new Batches.B().magic(magic).codec(codec);
        if (magic > 0 && r.nextInt(8) == 0) b.append(Batches.T + r.nextInt(1000));
        if (magic == 2 && r.nextInt(3) == 0) { b.producer(r.nextLong() >>> 12, r.nextInt(30000), r.nextInt() >>> 1); if (r.nextInt(4) == 0) b.txn(); }
        if (magic == 2 && r.nextInt(10) == 0) b.horizon(Batches.T + r.nextInt(999));
        long t = Batches.T + r.nextInt(200_000), offset = 0;
        for (int n = 1 + r.nextInt(4); n > 0; n--) {
            Header[] headers = new Header[magic == 2 ? r.nextInt(4) / 2 : 0];
            for (int h = 0; h < headers.length; h++) headers[h] = Batches.h(Batches.word(), r.nextInt(3) == 0 ? null : Batches.rnd(r.nextInt(9)));
            b.at(offset, r.nextInt(40) == 0 ? -1 : t, r.nextInt(6) == 0 ? null : Batches.rnd(r.nextInt(9)), r.nextInt(6) == 0 ? null : Batches.rnd(r.nextInt(30)), headers);
            offset += 1 + (r.nextInt(30) == 0 ? r.nextInt(5) : 0);
            t += r.nextInt(20_000) - 5_000;
        }
        return b;
    }
    static String codec(int magic) { return r.nextBoolean() ? "none" : Batches.CODECS.get(1 + r.nextInt(magic == 2 ? 4 : 3)); }

    static byte[] current() {
        byte[] x = good(2, codec(2)).bytes();
        if (r.nextInt(10) < 8) x = mutate(x);
        if (r.nextInt(10) > 0 && x.length >= 61) Batches.crc(x);
        return r.nextInt(12) == 0 ? Batches.join(x, x) : x;
    }
    /** Broken first and compressed then, so that the codec is content and the records are not. */
    static byte[] compressedAfterwards() throws Exception {
        byte[] x = good(2, "none").bytes();
        if (r.nextInt(10) < 7) x = mutate(x);
        String codec = Batches.CODECS.get(1 + r.nextInt(4));
        ByteBufferOutputStream os = new ByteBufferOutputStream(512);
        try (var w = Compression.of(codec).build().wrapForOutput(os, (byte) 2)) { w.write(x, 61, x.length - 61); }
        byte[] z = Out.bytes(os.buffer().flip());
        if (r.nextInt(10) == 0) z = Arrays.copyOf(z, z.length - 1 - r.nextInt(Math.min(10, z.length - 1)));
        byte[] y = Arrays.copyOf(x, 61 + z.length);
        System.arraycopy(z, 0, y, 61, z.length);
        y[22] = (byte) ((y[22] & ~7) | Batches.CODECS.indexOf(codec));
        ByteBuffer.wrap(y).putInt(8, y.length - 12);
        return Batches.crc(y);
    }
    static byte[] legacy() {
        int magic = r.nextInt(2);
        byte[] x = good(magic, codec(magic)).bytes();
        switch (r.nextInt(4)) {
            case 0 -> x[r.nextInt(x.length)] ^= (byte) (1 << r.nextInt(8));
            case 1 -> { x[16 + r.nextInt(x.length - 16)] = (byte) r.nextInt(); if (ByteBuffer.wrap(x).getInt(8) == x.length - 12) Batches.legacyCrc(x); }
            default -> { }
        }
        return x;
    }
    static byte[] mutate(byte[] x) {
        for (int times = 1 + r.nextInt(3) / 2; times > 0; times--) {
            int at = 61 + r.nextInt(Math.max(1, Math.min(x.length - 61, r.nextBoolean() ? 12 : x.length)));
            switch (r.nextInt(8)) {
                case 0, 1, 2 -> { if (at < x.length) x[at] = r.nextInt(3) > 0 ? (byte) (x[at] + r.nextInt(9) - 4) : (byte) r.nextInt(); }
                case 3, 4 -> { int p = HEADER[r.nextInt(HEADER.length)]; x[p] = r.nextBoolean() ? (byte) (x[p] + r.nextInt(5) - 2) : (byte) r.nextInt(); }
                case 5 -> x = resized(x, at, 1);
                case 6 -> { if (x.length > 62) x = resized(x, Math.min(at, x.length - 1), -1); }
                default -> { x[60] = (byte) r.nextInt(8); if (r.nextBoolean()) x[26] = (byte) (x[60] - 1); }
            }
        }
        return x;
    }
    /** One byte more or less at a place, mostly with the batch's length made to fit. */
    static byte[] resized(byte[] x, int at, int by) {
        int p = Math.min(at, x.length);
        byte[] y = new byte[x.length + by];
        System.arraycopy(x, 0, y, 0, p);
        System.arraycopy(x, by < 0 ? p + 1 : p, y, by > 0 ? p + 1 : p, x.length - (by < 0 ? p + 1 : p));
        if (by > 0) y[p] = (byte) r.nextInt();
        if (r.nextInt(4) > 0) ByteBuffer.wrap(y).putInt(8, y.length - 12);
        return y;
    }
}
