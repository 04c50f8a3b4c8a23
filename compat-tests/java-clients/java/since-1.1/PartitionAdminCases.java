import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;

final class PartitionAdminCases {
    static void createPartitions(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
        Session.eventually("four partitions", () -> AdminCases.partitions(admin, topic) == 4);
        Session.fails(InvalidPartitionsException.class,
            () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get());
    }

    static void deleteRecords(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        session.send(topic, "o", 10, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6)));
        Session.equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 6L);
        KafkaConsumer<String, String> consumer = ProducerCases.assigned(session, topic);
        Session.equal(consumer.beginningOffsets(List.of(partition)), Map.of(partition, 6L));
        Session.fails(OffsetOutOfRangeException.class,
            () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(60))).all().get());
    }
}
