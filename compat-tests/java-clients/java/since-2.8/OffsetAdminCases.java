import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

final class OffsetAdminCases {
    static void listOffsets(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        session.send(topic, "o", 10, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        Session.equal(offset(admin, partition, OffsetSpec.earliest()).offset(), 0L);
        Session.equal(offset(admin, partition, OffsetSpec.latest()).offset(), 10L);
        Session.equal(offset(admin, partition, OffsetSpec.forTimestamp(1)).offset(), 0L);
    }

    static ListOffsetsResultInfo offset(AdminClient admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
    }

    static void alterOffsets(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String group = session.unique("group");
        TopicPartition partition = new TopicPartition(session.topic(), 0);
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3))).all().get();
        Session.equal(
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), 3L);
        TopicPartition unknown = new TopicPartition(session.unique("unknown"), 0);
        Session.fails(UnknownTopicOrPartitionException.class,
            () -> admin.alterConsumerGroupOffsets(group, Map.of(unknown, new OffsetAndMetadata(3))).all().get());
    }

    static void features(Session session) throws Exception {
        var features = AdminCases.admin(session).describeFeatures().featureMetadata().get();
        Session.equal((int) features.finalizedFeatures().get("metadata.version").maxVersionLevel(), 33);
    }

    static void logDirs(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        session.send(topic, "l", 5, Map.of());
        int node = AdminCases.leader(admin, topic);
        var directories = admin.describeLogDirs(java.util.List.of(node)).allDescriptions().get().get(node).values();
        TopicPartition partition = new TopicPartition(topic, 0);
        Session.isTrue(directories.stream().anyMatch(
            directory -> directory.replicaInfos().containsKey(partition) && directory.replicaInfos().get(partition).size() > 0),
            "its size");
    }
}
