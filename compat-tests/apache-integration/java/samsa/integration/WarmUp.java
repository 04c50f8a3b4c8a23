package samsa.integration;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Loads the classes that every test loads, for an archive of them: a JVM that has it starts seconds sooner. */
public final class WarmUp {
    public static void main(String[] args) throws Exception {
        Map<String, Object> nowhere = Map.of("bootstrap.servers", "localhost:1");
        try (Admin admin = Admin.create(nowhere)) {
            admin.listTopics();
            admin.close(Duration.ZERO);
        }
        new KafkaProducer<>(nowhere, new ByteArraySerializer(), new ByteArraySerializer()).close(Duration.ZERO);
        for (String protocol : new String[] {"classic", "consumer"}) {
            Map<String, Object> config = Map.of("bootstrap.servers", "localhost:1", "group.id", "g", "group.protocol", protocol);
            new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()).close();
        }
        LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request().build());
        Class.forName("org.mockito.Mockito");
        Class.forName("kafka.server.KafkaConfig$");
        System.exit(0);
    }
}
