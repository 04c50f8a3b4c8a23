// What Apache Kafka's ConfigDef makes of texts: a value in its canonical form, or an exception. Reads values.json for the
// texts (scope, name, text) and writes it anew with the verdicts, one a line.
//   java -cp (the libraries of Apache Kafka 4.4.0) Values.java values.json
import com.fasterxml.jackson.databind.*;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.config.*;
import org.apache.kafka.storage.internals.log.LogConfig;

public final class Values {
    public static void main(String[] a) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        Map<String, ConfigDef> definitions = Map.of("broker", kafka.server.KafkaConfig.configDef(), "topic", LogConfig.configDefCopy());
        List<String> lines = new ArrayList<>();
        for (JsonNode one : mapper.readTree(Path.of(a[0]).toFile())) {
            String scope = one.get("scope").asText(), name = one.get("name").asText(), text = one.get("text").asText();
            ConfigDef.ConfigKey key = definitions.get(scope).configKeys().get(name);
            String value = null, error = null;
            try {
                Object parsed = ConfigDef.parseType(name, text, key.type);
                if (key.validator != null) key.validator.ensureValid(name, parsed);
                value = ConfigDef.convertToString(parsed, key.type);
            } catch (ConfigException e) { error = e.getMessage(); }
            lines.add("{\"scope\": " + mapper.writeValueAsString(scope) + ", \"name\": " + mapper.writeValueAsString(name)
                + ", \"text\": " + mapper.writeValueAsString(text) + ", \"value\": " + mapper.writeValueAsString(value)
                + ", \"error\": " + mapper.writeValueAsString(error) + "}");
        }
        Files.writeString(Path.of(a[0]), "[\n" + String.join(",\n", lines) + "\n]\n");
    }
}
