import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

final class AdminCases {
    static void topics(Session session) throws Exception {
        Admin admin = session.admin();
        String topic = session.unique("topic");
        NewTopic wanted = new NewTopic(topic, Optional.of(3), Optional.empty()).configs(Map.of("retention.ms", "1000"));
        admin.createTopics(List.of(wanted), new CreateTopicsOptions().validateOnly(true)).all().get();
        CreateTopicsResult created = admin.createTopics(List.of(wanted));
        Session.equal(created.numPartitions(topic).get(), 3);
        Session.equal(created.replicationFactor(topic).get(), 1);
        Session.equal(created.config(topic).get().get("retention.ms").value(), "1000");
        Uuid id = created.topicId(topic).get();
        TopicDescription byId = admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).topicIdValues().get(id).get();
        Session.equal(List.of(byId.name(), byId.partitions().size()), List.of(topic, 3));
        Session.fails(TopicExistsException.class, () -> admin.createTopics(List.of(wanted)).all().get());
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
        Session.eventually("five partitions", () -> describe(admin, topic).partitions().size() == 5);
        Session.fails(InvalidPartitionsException.class,
            () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get());
        Session.isTrue(admin.listTopics().names().get().contains(topic), "listed");
        admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();
        Session.fails(UnknownTopicIdException.class,
            () -> admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get());
        Session.fails(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(topic)).all().get());
        Session.fails(InvalidReplicationFactorException.class,
            () -> admin.createTopics(List.of(new NewTopic(topic, 1, (short) 2))).all().get());
    }

    private static TopicDescription describe(Admin admin, String topic) {
        try {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    static void configs(Session session) throws Exception {
        Admin admin = session.admin();
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, session.topic());
        alter(admin, topic, "cleanup.policy", "compact", OpType.APPEND);
        waitFor(admin, topic, "cleanup.policy", "delete,compact");
        alter(admin, topic, "cleanup.policy", "delete", OpType.SUBTRACT);
        waitFor(admin, topic, "cleanup.policy", "compact");
        alter(admin, topic, "cleanup.policy", "", OpType.DELETE);
        waitFor(admin, topic, "cleanup.policy", "delete");
        Session.fails(InvalidConfigurationException.class,
            () -> { alter(admin, topic, "retention.ms", "soon", OpType.SET); return null; });
        String node = admin.describeCluster().nodes().get().iterator().next().idString();
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node);
        alter(admin, broker, "log.retention.ms", "5000000", OpType.SET);
        waitFor(admin, broker, "log.retention.ms", "5000000");
        waitFor(admin, topic, "retention.ms", "5000000");
        alter(admin, broker, "log.retention.ms", "", OpType.DELETE);
        waitFor(admin, topic, "retention.ms", "604800000");
    }

    private static void alter(Admin admin, ConfigResource resource, String name, String value, OpType type) throws Exception {
        Collection<AlterConfigOp> ops = List.of(new AlterConfigOp(new ConfigEntry(name, value), type));
        admin.incrementalAlterConfigs(Map.of(resource, ops)).all().get();
    }

    private static void waitFor(Admin admin, ConfigResource resource, String name, String value) {
        Session.eventually(name + "=" + value, () -> {
            try {
                Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
                return value.equals(config.get(name).value());
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
    }

    static void offsets(Session session) throws Exception {
        Admin admin = session.admin();
        String topic = session.topic();
        session.send(topic, "o", 10, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        Session.equal(offset(admin, partition, OffsetSpec.earliest()).offset(), 0L);
        Session.equal(offset(admin, partition, OffsetSpec.latest()).offset(), 10L);
        Session.equal(offset(admin, partition, OffsetSpec.forTimestamp(1)).offset(), 0L);
        Session.isTrue(offset(admin, partition, OffsetSpec.maxTimestamp()).offset() >= 0, "the youngest record");
        Session.equal(offset(admin, partition, OffsetSpec.earliestLocal()).offset(), 0L);
    }

    private static ListOffsetsResultInfo offset(Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
    }

    static void deleteRecords(Session session) throws Exception {
        Admin admin = session.admin();
        String topic = session.topic();
        session.send(topic, "o", 10, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6))).all().get();
        Session.equal(offset(admin, partition, OffsetSpec.earliest()).offset(), 6L);
    }

    static void groups(Session session) throws Exception {
        Admin admin = session.admin();
        String topic = session.topic();
        session.send(topic, "g", 10, Map.of());
        String group = session.unique("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaConsumer<String, String> consumer =
            session.consumer(Map.of("group.id", group, "group.instance.id", "one"));
        consumer.subscribe(List.of(topic));
        session.poll(consumer, 10);
        consumer.commitSync();
        var description = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        Session.equal(description.groupState().toString(), "Stable");
        Session.equal(description.members().iterator().next().assignment().topicPartitions(), Set.of(partition));
        Session.isTrue(admin.listGroups().all().get().stream().anyMatch(one -> one.groupId().equals(group)), "listed");
        Session.fails(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        var members = new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")));
        admin.removeMembersFromConsumerGroup(group, members).all().get();
        consumer.close();
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3))).all().get();
        Session.equal(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), 3L);
        admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1))).all().get();
        admin.deleteConsumerGroups(List.of(group)).all().get();
        Session.fails(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
    }

    static void cluster(Session session) throws Exception {
        Admin admin = session.admin();
        var cluster = admin.describeCluster();
        Session.equal(cluster.nodes().get().size(), 1);
        Session.equal(cluster.controller().get().id(), cluster.nodes().get().iterator().next().id());
        Session.equal(cluster.clusterId().get().length(), 22);
        var features = admin.describeFeatures().featureMetadata().get();
        Session.equal((int) features.finalizedFeatures().get("metadata.version").maxVersionLevel(), 30);
    }

    static void producers(Session session) throws Exception {
        Admin admin = session.admin();
        String topic = session.topic();
        session.send(topic, "p", 3, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        var states = admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
        Session.equal(states.get(0).lastSequence(), 2);
    }

    static void acls(Session session) {
        Session.fails(SecurityDisabledException.class,
            () -> session.admin().describeAcls(AclBindingFilter.ANY).values().get());
    }
}
