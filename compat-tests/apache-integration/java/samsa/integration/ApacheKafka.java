package samsa.integration;

import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * `ApacheKafka server.properties`: Apache's broker in this process. A new data directory is formatted first, with the
 * arguments of the environment variable FORMAT_ARGUMENTS and the id in CLUSTER_ID, so that one JVM does the work of two scripts.
 */
public final class ApacheKafka {
    public static void main(String[] args) throws Exception {
        String file = args[0];
        Properties properties = new Properties();
        try (InputStream in = new FileInputStream(file)) {
            properties.load(in);
        }
        Path first = Path.of(properties.getProperty("log.dirs").split(",")[0]);
        if (!Files.exists(first.resolve("meta.properties"))) format(file);
        kafka.Kafka.main(new String[] {file});
    }

    private static void format(String file) {
        List<String> words = new ArrayList<>(List.of("format", "-t", System.getenv().getOrDefault("CLUSTER_ID", Uuid.randomUuid().toString()), "-c", file));
        String more = System.getenv().getOrDefault("FORMAT_ARGUMENTS", "");
        if (!more.isEmpty()) words.addAll(List.of(more.split(" ")));
        int exitCode = StorageTool.execute(words.toArray(new String[0]), System.out);
        if (exitCode != 0) System.exit(exitCode);
    }
}
