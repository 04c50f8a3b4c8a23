import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

final class ClusterAdminCases {
    static void incrementalConfigs(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, session.topic());
        alter(admin, topic, "cleanup.policy", "compact", OpType.APPEND);
        AdminCases.waitFor(admin, topic, "cleanup.policy", "delete,compact");
        alter(admin, topic, "cleanup.policy", "delete", OpType.SUBTRACT);
        AdminCases.waitFor(admin, topic, "cleanup.policy", "compact");
        alter(admin, topic, "cleanup.policy", "", OpType.DELETE);
        AdminCases.waitFor(admin, topic, "cleanup.policy", "delete");
        Session.fails(InvalidConfigurationException.class, () -> {
            alter(admin, topic, "retention.ms", "soon", OpType.SET);
            return null;
        });
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(AdminCases.node(admin)));
        alter(admin, broker, "log.retention.ms", "5000000", OpType.SET);
        AdminCases.waitFor(admin, topic, "retention.ms", "5000000");
        alter(admin, broker, "log.retention.ms", "", OpType.DELETE);
        AdminCases.waitFor(admin, topic, "retention.ms", "604800000");
    }

    private static void alter(AdminClient admin, ConfigResource resource, String name, String value, OpType type)
            throws Exception {
        Collection<AlterConfigOp> ops = List.of(new AlterConfigOp(new ConfigEntry(name, value), type));
        admin.incrementalAlterConfigs(Map.of(resource, ops)).all().get();
    }

    static void elections(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        TopicPartition partition = new TopicPartition(session.topic(), 0);
        for (ElectionType type : ElectionType.values()) {
            var results = admin.electLeaders(type, Set.of(partition)).partitions().get();
            Session.isTrue(results.get(partition).get() instanceof ElectionNotNeededException, type.toString());
        }
        TopicPartition unknown = new TopicPartition(session.unique("unknown"), 0);
        var results = admin.electLeaders(ElectionType.PREFERRED, Set.of(unknown)).partitions().get();
        Session.isTrue(results.get(unknown).get() instanceof UnknownTopicOrPartitionException, "no such topic");
        admin.electLeaders(ElectionType.PREFERRED, null).partitions().get();
    }

    static void reassignments(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        TopicPartition partition = new TopicPartition(session.topic(), 0);
        int node = AdminCases.leader(admin, partition.topic());
        admin.alterPartitionReassignments(
            Map.of(partition, Optional.of(new NewPartitionReassignment(List.of(node))))).all().get();
        Session.equal(admin.listPartitionReassignments().reassignments().get(), Map.of());
        Session.fails(InvalidReplicaAssignmentException.class, () -> admin.alterPartitionReassignments(
            Map.of(partition, Optional.of(new NewPartitionReassignment(List.of(node + 7))))).all().get());
        Session.fails(NoReassignmentInProgressException.class,
            () -> admin.alterPartitionReassignments(Map.of(partition, Optional.empty())).all().get());
    }

    static void deleteOffsets(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        String group = session.unique("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group));
        consumer.assign(List.of(partition));
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(3)));
        admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
        Session.isTrue(Committed.of(consumer, partition) == null, "the offset is gone");
    }
}
