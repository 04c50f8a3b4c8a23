import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Apache's Java client as a program that attempts.ts tells what to attempt: lines of JSON both ways. */
public final class Attempts {
    private static final int LIMIT_MS = 20_000;
    private final Properties properties = new Properties();
    private KafkaProducer<String, String> producer;
    private KafkaConsumer<String, String> consumer;

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        ObjectMapper json = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Attempts session = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode request = json.readTree(line);
            String outcome = "ok";
            String detail = "";
            try {
                if (request.get("op").asText().equals("open")) session = new Attempts();
                session.perform(request);
            } catch (Exception error) {
                Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
                outcome = outcomeOf(cause);
                detail = cause + (cause.getCause() == null ? "" : ": " + cause.getCause());
            }
            answers.println(json.writeValueAsString(Map.of("outcome", outcome, "detail", detail)));
            answers.flush();
        }
        System.exit(0);
    }

    private static String outcomeOf(Throwable error) {
        if (error instanceof SaslAuthenticationException) return "authentication";
        if (error instanceof SslAuthenticationException) return "tls";
        if (error instanceof AuthorizationException) return "authorization";
        return error instanceof org.apache.kafka.common.errors.TimeoutException ? "closed" : "other";
    }

    private void perform(JsonNode request) throws Exception {
        switch (request.get("op").asText()) {
            case "open" -> open(request.get("properties"), request.get("topic").asText());
            case "send" -> producer.send(new ProducerRecord<>(request.get("topic").asText(), request.get("value").asText())).get();
            case "read" -> read(request.get("topic").asText(), request.get("value").asText());
            default -> close();
        }
    }

    private void open(JsonNode given, String topic) {
        given.fields().forEachRemaining(field -> properties.put(field.getKey(), field.getValue().asText()));
        properties.put("max.block.ms", LIMIT_MS);
        properties.put("delivery.timeout.ms", LIMIT_MS);
        properties.put("request.timeout.ms", LIMIT_MS / 2);
        producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
        try {
            producer.partitionsFor(topic);
        } catch (RuntimeException refused) {
            close();
            throw refused;
        }
    }

    private void read(String topic, String value) {
        if (consumer == null) {
            Properties own = new Properties();
            properties.forEach((key, each) -> {
                if (!key.equals("delivery.timeout.ms") && !key.equals("max.block.ms")) own.put(key, each);
            });
            own.put("enable.auto.commit", "false");
            consumer = new KafkaConsumer<>(own, new StringDeserializer(), new StringDeserializer());
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
        }
        long endMs = System.currentTimeMillis() + LIMIT_MS;
        while (System.currentTimeMillis() < endMs) {
            for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(200))) {
                if (each.value().equals(value)) return;
            }
        }
        throw new IllegalStateException("no record with the value " + value);
    }

    private void close() {
        if (consumer != null) consumer.close();
        if (producer != null) producer.close(Duration.ZERO);
        consumer = null;
        producer = null;
    }
}
