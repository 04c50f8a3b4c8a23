import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;

final class TransactionOffsets {
    static void send(KafkaProducer<?, ?> producer, TopicPartition partition, long offset, String group) throws Exception {
        producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(offset)), group);
    }
}
