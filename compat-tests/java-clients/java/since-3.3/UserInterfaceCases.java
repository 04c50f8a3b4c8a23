import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.utils.Bytes;

/**
 * What user interfaces (kafka-ui, AKHQ, Kafdrop) ask a cluster for, page by page: everything at once, with all options, for
 * whatever there is. None of them is in a package registry, so their calls are made here.
 */
final class UserInterfaceCases {
    static void brokerPages(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        var cluster = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
        // Without an authorizer everything that can be done to a cluster may be done.
        Session.isTrue(cluster.authorizedOperations().get().containsAll(
            Set.of(AclOperation.ALTER, AclOperation.DESCRIBE_CONFIGS, AclOperation.CREATE)), "may do everything");
        List<Integer> ids = cluster.nodes().get().stream().map(Node::id).collect(Collectors.toList());
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(ids.get(0)));
        var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        var config = admin.describeConfigs(List.of(broker), options).all().get().get(broker);
        ConfigEntry retention = config.get("log.retention.hours");
        Session.equal(List.of(retention.value(), retention.isReadOnly(), retention.type()),
            List.of("168", true, ConfigEntry.ConfigType.INT));
        Session.isTrue(config.entries().size() > 150, "all configs: " + config.entries().size());
        Session.isTrue(config.get("inter.broker.protocol.version") == null, "no configs of the past");
        for (var directories : admin.describeLogDirs(ids).allDescriptions().get().values()) {
            for (var directory : directories.values()) {
                Session.isTrue(directory.error() == null && directory.totalBytes().orElse(0) > 0, "space of a directory");
            }
        }
        admin.metrics();
    }

    static void topicPages(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic(3, Map.of("cleanup.policy", "compact,delete"));
        session.send(topic, "t", 10, Map.of());
        Set<String> names = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
        Session.isTrue(names.contains(topic), "listed");
        var topics = admin.describeTopics(names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
            .allTopicNames().get();
        Session.isTrue(topics.get(topic).authorizedOperations().contains(AclOperation.DELETE), "may delete it");
        Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        topics.values().forEach(one -> one.partitions().forEach(partition -> {
            earliest.put(new TopicPartition(one.name(), partition.partition()), OffsetSpec.earliest());
            latest.put(new TopicPartition(one.name(), partition.partition()), OffsetSpec.latest());
        }));
        Session.equal(admin.listOffsets(earliest).all().get().size(), earliest.size());
        Session.equal(admin.listOffsets(latest).all().get().get(new TopicPartition(topic, 0)).offset(), 10L);
        List<ConfigResource> resources = names.stream()
            .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name)).collect(Collectors.toList());
        var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        var configs = admin.describeConfigs(resources, options).all().get();
        ConfigEntry policy = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic)).get("cleanup.policy");
        Session.equal(policy.source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        Session.equal(policy.synonyms().size(), 2);
        var producers = admin.describeProducers(latest.keySet()).all().get();
        Session.equal(producers.size(), latest.size());
    }

    /** The newest records of all partitions, then older ones, by offsets that are reckoned and by time. */
    static void messagePages(Session session) throws Exception {
        String topic = session.topic(2, Map.of());
        session.send(topic, "m", 500, Map.of("linger.ms", "20", "compression.type", "gzip"));
        var properties = session.properties(Map.of("max.poll.records", "100", "fetch.max.wait.ms", "100",
            "allow.auto.create.topics", "false", "client.id", session.unique("page")));
        var bytes = new org.apache.kafka.common.serialization.BytesDeserializer();
        try (KafkaConsumer<Bytes, Bytes> consumer = new KafkaConsumer<>(properties, bytes, bytes)) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(topic).forEach(one -> partitions.add(new TopicPartition(topic, one.partition())));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            consumer.assign(partitions);
            for (long newest : List.of(500L, 400L)) {
                partitions.forEach(one -> consumer.seek(one, Math.max(begins.get(one), Math.min(newest, ends.get(one)) - 100)));
                List<Long> offsets = new ArrayList<>();
                Session.eventually("a page", () -> {
                    Poll.of(consumer, 100).forEach(record -> offsets.add(record.offset()));
                    return offsets.size() >= 100;
                });
                Session.equal(offsets.get(0), newest - 100);
            }
            Map<TopicPartition, Long> times = new HashMap<>();
            partitions.forEach(one -> times.put(one, 0L));
            var found = consumer.offsetsForTimes(times);
            Session.equal(found.get(partitions.get(0)) == null ? -1L : found.get(new TopicPartition(topic, 0)).offset(), 0L);
        }
    }

    static void groupPages(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic(2, Map.of());
        String group = session.unique("group");
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group, "client.id", "page"));
        consumer.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(consumer), 2);
        consumer.commitSync(Map.of(
            new TopicPartition(topic, 0), new OffsetAndMetadata(1), new TopicPartition(topic, 1), new OffsetAndMetadata(2)));
        List<String> ids = admin.listConsumerGroups().all().get().stream().map(one -> one.groupId()).collect(Collectors.toList());
        Session.isTrue(ids.contains(group), "listed");
        var described = admin.describeConsumerGroups(List.of(group, session.unique("other")),
            new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true)).describedGroups().get(group).get();
        var member = described.members().iterator().next();
        Session.equal(List.of(member.clientId(), member.host(), member.assignment().topicPartitions().size()),
            List.of("page", "/127.0.0.1", 2));
        Session.isTrue(described.authorizedOperations().contains(AclOperation.DELETE), "may delete it");
        int coordinator = described.coordinator().id();
        Session.isTrue(admin.describeCluster().nodes().get().stream().anyMatch(node -> node.id() == coordinator), "a broker coordinates it");
        Map<String, ListConsumerGroupOffsetsSpec> specs = new HashMap<>();
        ids.forEach(id -> specs.put(id, new ListConsumerGroupOffsetsSpec()));
        Session.equal(admin.listConsumerGroupOffsets(specs).all().get().get(group).size(), 2);
    }

    static void changes(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        session.send(topic, "c", 10, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(
            new AlterConfigOp(new ConfigEntry("retention.ms", "1234567"), AlterConfigOp.OpType.SET),
            new AlterConfigOp(new ConfigEntry("segment.bytes", null), AlterConfigOp.OpType.DELETE)))).all().get();
        AdminCases.waitFor(admin, resource, "retention.ms", "1234567");
        // A button says "replication factor 2", and the cluster says what it thinks of that.
        var twice = Optional.of(new NewPartitionReassignment(List.of(AdminCases.node(admin), 4711)));
        Session.fails(InvalidReplicaAssignmentException.class,
            () -> admin.alterPartitionReassignments(Map.of(partition, twice)).all().get());
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get();
        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
        Session.equal(OffsetAdminCases.offset(admin, partition, OffsetSpec.earliest()).offset(), 10L);
        String group = session.unique("group");
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(10))).all().get();
        admin.deleteConsumerGroups(List.of(group)).all().get();
        admin.deleteTopics(List.of(topic)).all().get();
        Session.eventually("its end", () -> AdminCases.partitions(admin, topic) == -1);
    }
}
