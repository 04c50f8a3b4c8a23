import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

final class FencingCases {
    /** Clients before 3.4 give up when the transaction of the producer is still being aborted. */
    static void byAdmin(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        String id = session.unique("id");
        KafkaProducer<String, String> producer = session.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "open")).get();
        admin.fenceProducers(List.of(id)).all().get();
        try {
            producer.commitTransaction();
            throw new AssertionError("the producer is fenced");
        } catch (ProducerFencedException | InvalidProducerEpochException expected) {
            // Which of the two depends on the version of the client.
        }
    }
}
