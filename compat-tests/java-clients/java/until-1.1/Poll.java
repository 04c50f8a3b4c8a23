import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** How a consumer is polled before KIP-266. */
final class Poll {
    static <K, V> ConsumerRecords<K, V> of(KafkaConsumer<K, V> consumer, long timeoutMs) {
        return consumer.poll(timeoutMs);
    }
}
