import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringSerializer;

/** This client has no admin: topics come into being because somebody asks for them, with the broker's defaults. */
final class Topics {
    static void create(String bootstrapServers, String topic, int partitions, Map<String, String> config) {
        if (!config.isEmpty()) throw new IllegalArgumentException("no configs without an admin");
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            Session.eventually("the topic", () -> producer.partitionsFor(topic).size() >= partitions);
        }
    }
}
