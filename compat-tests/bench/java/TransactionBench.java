import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Transactions of a real producer: `bulk` sends 1 KB records as fast as they go and commits every 100 ms, `short` sends
 * one record and commits. Prints one line of JSON: records' MB a second, and how long a commit took (bulk: the call of
 * commitTransaction, all records sent; short: from begin to the end of commit), in milliseconds.
 */
public class TransactionBench {
    static final int RECORD_BYTES = 1000;
    static final long COMMIT_EVERY_NANOS = 100_000_000L;

    public static void main(String[] args) {
        String mode = args[0];
        String topic = args[2];
        double warmUpSeconds = Double.parseDouble(args[3]);
        double seconds = Double.parseDouble(args[4]);
        Map<String, Object> config = Map.of(
            "bootstrap.servers", args[1], "transactional.id", topic + "-" + mode, "linger.ms", mode.equals("bulk") ? "5" : "0",
            "key.serializer", ByteArraySerializer.class, "value.serializer", ByteArraySerializer.class);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config)) {
            producer.initTransactions();
            run(producer, topic, mode, warmUpSeconds);
            System.out.println(run(producer, topic, mode, seconds));
        }
    }

    static String run(KafkaProducer<byte[], byte[]> producer, String topic, String mode, double seconds) {
        byte[] value = new byte[RECORD_BYTES];
        Arrays.fill(value, (byte) 'v');
        double[] commitMs = new double[1 << 20];
        int transactions = 0;
        long records = 0;
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            long begun = System.nanoTime();
            producer.beginTransaction();
            do {
                producer.send(new ProducerRecord<>(topic, value));
                records++;
            } while (mode.equals("bulk") && System.nanoTime() - begun < COMMIT_EVERY_NANOS);
            // In bulk the buffer is full of records: their way is throughput, and only the commit itself is timed. In short
            // the record must have arrived: the client's sender asks whether batches are under way before it takes the lock
            // under which it looks for EndTxn, so one that is made in between overtakes its record (INVALID_TXN_STATE).
            producer.flush();
            long measuredFrom = mode.equals("bulk") ? System.nanoTime() : begun;
            producer.commitTransaction();
            commitMs[transactions++] = (System.nanoTime() - measuredFrom) / 1e6;
        }
        double elapsed = (System.nanoTime() - start) / 1e9;
        double[] sorted = Arrays.copyOf(commitMs, transactions);
        Arrays.sort(sorted);
        return String.format(java.util.Locale.ROOT, "{\"mbPerS\":%.2f,\"transactionsPerS\":%.2f,\"p50Ms\":%.3f,\"p99Ms\":%.3f}",
            records * RECORD_BYTES / 1e6 / elapsed, transactions / elapsed,
            sorted[transactions / 2], sorted[(int) (transactions * 0.99)]);
    }
}
