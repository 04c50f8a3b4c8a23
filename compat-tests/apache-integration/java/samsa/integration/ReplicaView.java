package samsa.integration;

import java.io.File;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kafka.cluster.Partition;
import kafka.log.LogManager;
import kafka.server.ReplicaManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.metadata.LeaderAndIsr;
import org.apache.kafka.metadata.MetadataCache;
import org.apache.kafka.server.IntegrationTestUtils;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Stands for the replicas of a broker: which there are and where, by its log directories as the Admin client describes them, with
 * which settings, whether it leads them, up to where they go, and the producers that they know.
 */
final class ReplicaView {
    private static final int LONGEST_ANSWER_S = 10;
    /** Later versions want the topic's id. */
    private static final short LAST_FETCH_BY_NAME = 12;
    private final Supplier<Admin> admins;
    private final Broker broker;

    ReplicaView(Supplier<Admin> admins, Broker broker) {
        this.admins = admins;
        this.broker = broker;
    }

    LogManager logManager() {
        return BrokerView.standIn(LogManager.class, (method, call) -> switch (method) {
            case "getLog" -> log(call.getArgument(0), call.getArgument(1));
            case "getLog$default$2" -> false;
            case "liveLogDirs" -> CollectionConverters.asScala(broker.logDirs());
            default -> BrokerView.OUTSIDE;
        });
    }

    ReplicaManager replicaManager(MetadataCache metadata) {
        return BrokerView.standIn(ReplicaManager.class, (method, call) -> switch (method) {
            case "metadataCache" -> metadata;
            case "localLog" -> log(call.getArgument(0), false);
            case "localLogOrException" -> log(call.getArgument(0), false).getOrElse(() -> { throw unknown(call.getArgument(0)); });
            case "logManager" -> logManager();
            case "onlinePartition" -> partition(call.getArgument(0), metadata);
            case "getPartitionOrException" -> partition(call.getArgument(0), metadata)
                .getOrElse(() -> { throw unknown(call.getArgument(0)); });
            default -> BrokerView.OUTSIDE;
        });
    }

    private static UnknownTopicOrPartitionException unknown(TopicPartition partition) {
        return new UnknownTopicOrPartitionException(partition.toString());
    }

    /**
     * Where a replica lies, or one that is on its way to another directory. A broker that has stopped holds nothing: it answers
     * nobody, and tests look for another one that does.
     */
    private Option<File> replica(TopicPartition partition, boolean isFuture) throws Exception {
        if (!broker.isRunning()) return Option.empty();
        try (Admin admin = admins.get()) {
            Map<String, LogDirDescription> directories = admin.describeLogDirs(List.of(broker.id())).allDescriptions()
                .get(LONGEST_ANSWER_S, TimeUnit.SECONDS).get(broker.id());
            for (Map.Entry<String, LogDirDescription> one : directories.entrySet()) {
                ReplicaInfo replica = one.getValue().replicaInfos().get(partition);
                if (replica != null && replica.isFuture() == isFuture) return Option.apply(new File(one.getKey(), partition.toString()));
            }
            return Option.empty();
        }
    }

    private Option<UnifiedLog> log(TopicPartition partition, boolean isFuture) throws Exception {
        Option<File> replica = replica(partition, isFuture);
        if (replica.isEmpty()) return Option.empty();
        return Option.apply(BrokerView.standIn(UnifiedLog.class,
            (method, call) -> switch (method) {
                case "highWatermark" -> highWatermark(partition);
                case "logEndOffset" -> offset(partition, ListOffsetsRequest.LATEST_TIMESTAMP);
                case "logStartOffset" -> offset(partition, ListOffsetsRequest.EARLIEST_TIMESTAMP);
                case "dir" -> replica.get();
                case "parentDir" -> replica.get().getParent();
                case "numberOfSegments" -> replica.get().list((directory, name) -> name.endsWith(".log")).length;
                case "config" -> config(partition.topic());
                case "producerStateManager" -> BrokerView.standIn(ProducerStateManager.class,
                    (name, of) -> name.equals("activeProducers") ? producers(partition) : BrokerView.OUTSIDE);
                default -> BrokerView.OUTSIDE;
            }));
    }

    /** As brokers describe it. */
    private LogConfig config(String topic) throws Exception {
        try (Admin admin = admins.get()) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            Map<String, String> values = new HashMap<>();
            admin.describeConfigs(List.of(resource)).values().get(resource).get(LONGEST_ANSWER_S, TimeUnit.SECONDS).entries()
                .forEach(entry -> values.put(entry.name(), entry.value()));
            return new LogConfig(values);
        }
    }

    private Map<Long, ProducerStateEntry> producers(TopicPartition partition) throws Exception {
        try (Admin admin = admins.get()) {
            DescribeProducersOptions here = new DescribeProducersOptions().brokerId(broker.id());
            return admin.describeProducers(List.of(partition), here).partitionResult(partition).get(LONGEST_ANSWER_S, TimeUnit.SECONDS)
                .activeProducers().stream().collect(Collectors.toMap(ProducerState::producerId, one -> new ProducerStateEntry(one.producerId(),
                    (short) one.producerEpoch(), one.coordinatorEpoch().orElse(-1), one.lastTimestamp(), one.currentTransactionStartOffset())));
        }
    }

    /** As this replica itself has it, leader or not: a reader that gives itself out for a debugger is told. */
    private long offset(TopicPartition partition, long which) throws Exception {
        ListOffsetsTopic topic = new ListOffsetsTopic().setName(partition.topic())
            .setPartitions(List.of(new ListOffsetsPartition().setPartitionIndex(partition.partition()).setTimestamp(which)));
        short version = ApiKeys.LIST_OFFSETS.latestVersion();
        ListOffsetsRequest request = ListOffsetsRequest.Builder.forReplica(version, ListOffsetsRequest.DEBUGGING_REPLICA_ID)
            .setTargetTimes(List.of(topic)).build(version);
        ListOffsetsResponse response = IntegrationTestUtils.connectAndReceive(request, broker.port());
        ListOffsetsPartitionResponse answer = response.topics().get(0).partitions().get(0);
        Errors.forCode(answer.errorCode()).maybeThrow();
        return answer.offset();
    }

    /** As this replica itself has it: a follower tells consumers that read from it. */
    private long highWatermark(TopicPartition partition) throws Exception {
        long start = offset(partition, ListOffsetsRequest.EARLIEST_TIMESTAMP);
        FetchRequest.PartitionData from = new FetchRequest.PartitionData(Uuid.ZERO_UUID, start, 0, 1, Optional.empty());
        FetchRequest request = FetchRequest.Builder.forConsumer(LAST_FETCH_BY_NAME, 0, 0, Map.of(partition, from)).build();
        FetchResponse response = IntegrationTestUtils.connectAndReceive(request, broker.port());
        FetchResponseData.PartitionData answer = response.data().responses().get(0).partitions().get(0);
        Errors.forCode(answer.errorCode()).maybeThrow();
        return answer.highWatermark();
    }

    private Option<Partition> partition(TopicPartition partition, MetadataCache metadata) throws Exception {
        if (replica(partition, false).isEmpty()) return Option.empty();
        return Option.apply(BrokerView.standIn(Partition.class, (method, call) -> {
            Optional<LeaderAndIsr> state = metadata.getLeaderAndIsr(partition.topic(), partition.partition());
            Optional<Integer> leader = state.map(LeaderAndIsr::leader).filter(id -> id == broker.id());
            return switch (method) {
                case "getLeaderEpoch" -> state.map(LeaderAndIsr::leaderEpoch).orElse(LeaderAndIsr.INITIAL_LEADER_EPOCH);
                case "inSyncReplicaIds" -> CollectionConverters.asScala(state.map(LeaderAndIsr::isr).orElse(Set.of())).toSet();
                case "isLeader" -> leader.isPresent();
                case "leaderReplicaIdOpt" -> state.map(one -> Option.<Object>apply(one.leader())).orElse(Option.empty());
                case "leaderIdIfLocal" -> leader.map(Option::<Object>apply).orElse(Option.empty());
                case "leaderLogIfLocal" -> leader.isPresent() ? log(partition, false) : Option.empty();
                default -> BrokerView.OUTSIDE;
            };
        }));
    }
}
