// What kafka-clients 3.9.1, the last that knew how, makes of the sets of vectors/RecordBatches.json for consumers of
// magic 0 and 1. Writes one case a line: which set, to which magic, from which offset, and the bytes or the error.
//   java -cp kafka-clients-3.9.1 and jackson, snappy-java, lz4-java, zstd-jni: DownConversions RecordBatches.json OUT.json
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.*;
import org.apache.kafka.common.utils.Time;

public final class DownConversions {
    public static void main(String[] a) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = new ArrayList<>();
        for (JsonNode set : mapper.readTree(Files.readString(Path.of(a[0])))) {
            if (!set.has("hex") || set.get("hex").asText().length() > 4096) continue;
            byte[] bytes = HexFormat.of().parseHex(set.get("hex").asText());
            List<Long> offsets = new ArrayList<>();
            try {
                for (var record : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).records()) offsets.add(record.offset());
            } catch (Exception e) { continue; }
            if (offsets.isEmpty()) continue;
            for (byte magic = 0; magic < 2; magic++)
                for (long from : new TreeSet<>(List.of(offsets.get(0), offsets.get(offsets.size() - 1)))) {
                    ObjectNode line = mapper.createObjectNode();
                    line.put("name", set.get("name").asText()).put("magic", magic).put("fetchOffset", Long.toString(from));
                    try {
                        MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(bytes.clone()));
                        ByteBuffer out = ((MemoryRecords) records.downConvert(magic, from, Time.SYSTEM).records()).buffer();
                        byte[] made = new byte[out.remaining()];
                        out.get(made);
                        line.put("hex", HexFormat.of().formatHex(made));
                    } catch (Exception e) { line.put("error", Errors.forException(e).name()); }
                    lines.add(mapper.writeValueAsString(line));
                }
        }
        Files.writeString(Path.of(a[1]), "[\n" + String.join(",\n", lines) + "\n]\n");
    }
}
