// XXH3 of random bytes by hash4j, the library that Apache Kafka's group coordinator uses.
//   java -cp hash4j Xxh3 > cases.json
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.HexFormat;
import java.util.Random;

public final class Xxh3 {
    static final int[] SIZES = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 31, 32, 33, 64, 65, 96, 97, 127, 128, 129, 130, 160, 200,
        239, 240, 241, 255, 256, 257, 512, 1023, 1024, 1025, 1088, 2047, 2048, 2049, 3000, 5000};

    public static void main(String[] a) {
        Random r = new Random(1);
        StringBuilder out = new StringBuilder("[\n");
        for (int size : SIZES) {
            byte[] bytes = new byte[size];
            r.nextBytes(bytes);
            String hash = Long.toHexString(Hashing.xxh3_64().hashBytesToLong(bytes));
            out.append("{\"hex\":\"" + HexFormat.of().formatHex(bytes) + "\",\"hash\":\"" + hash + "\"},\n");
        }
        System.out.print(out.substring(0, out.length() - 2) + "\n]\n");
    }
}
