package samsa.integration;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kafka.cluster.Partition;
import kafka.log.LogManager;
import kafka.server.ReplicaManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.metadata.LeaderAndIsr;
import org.apache.kafka.metadata.MetadataCache;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Stands for the replicas of a broker: which there are, by its log directories as the Admin client describes them, whether it
 * leads them, and up to where their records are committed.
 */
final class ReplicaView {
    private static final int LONGEST_ANSWER_S = 10;
    private final Supplier<Admin> admins;
    private final Broker broker;

    ReplicaView(Supplier<Admin> admins, Broker broker) {
        this.admins = admins;
        this.broker = broker;
    }

    LogManager logManager() {
        return BrokerView.standIn(LogManager.class, (method, call) -> switch (method) {
            case "getLog" -> log(call.getArgument(0));
            case "getLog$default$2" -> false;
            case "liveLogDirs" -> CollectionConverters.asScala(logDirs());
            default -> BrokerView.OUTSIDE;
        });
    }

    ReplicaManager replicaManager(MetadataCache metadata) {
        return BrokerView.standIn(ReplicaManager.class, (method, call) -> switch (method) {
            case "metadataCache" -> metadata;
            case "localLog" -> log(call.getArgument(0));
            case "logManager" -> logManager();
            case "onlinePartition" -> partition(call.getArgument(0), metadata);
            case "getPartitionOrException" -> partition(call.getArgument(0), metadata)
                .getOrElse(() -> { throw new UnknownTopicOrPartitionException(String.valueOf(call.<TopicPartition>getArgument(0))); });
            default -> BrokerView.OUTSIDE;
        });
    }

    private List<File> logDirs() {
        return Arrays.stream(broker.properties().get("log.dirs").split(",")).map(File::new).toList();
    }

    private boolean holds(TopicPartition partition) throws Exception {
        try (Admin admin = admins.get()) {
            return admin.describeLogDirs(List.of(broker.id())).allDescriptions().get(LONGEST_ANSWER_S, TimeUnit.SECONDS)
                .get(broker.id()).values().stream().anyMatch(directory -> directory.replicaInfos().containsKey(partition));
        }
    }

    private Option<UnifiedLog> log(TopicPartition partition) throws Exception {
        if (!holds(partition)) return Option.empty();
        return Option.apply(BrokerView.standIn(UnifiedLog.class,
            (method, call) -> switch (method) {
                case "highWatermark", "logEndOffset" -> offset(partition, OffsetSpec.latest());
                case "logStartOffset" -> offset(partition, OffsetSpec.earliest());
                default -> BrokerView.OUTSIDE;
            }));
    }

    /** As the partition's leader has it, whose watermark follows its end. */
    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        try (Admin admin = admins.get()) {
            ListOffsetsResult offsets = admin.listOffsets(Map.of(partition, spec));
            return offsets.partitionResult(partition).get(LONGEST_ANSWER_S, TimeUnit.SECONDS).offset();
        }
    }

    private Option<Partition> partition(TopicPartition partition, MetadataCache metadata) throws Exception {
        if (!holds(partition)) return Option.empty();
        return Option.apply(BrokerView.standIn(Partition.class, (method, call) -> {
            Optional<LeaderAndIsr> state = metadata.getLeaderAndIsr(partition.topic(), partition.partition());
            Optional<Integer> leader = state.map(LeaderAndIsr::leader).filter(id -> id == broker.id());
            return switch (method) {
                case "getLeaderEpoch" -> state.map(LeaderAndIsr::leaderEpoch).orElse(LeaderAndIsr.INITIAL_LEADER_EPOCH);
                case "isLeader" -> leader.isPresent();
                case "leaderReplicaIdOpt" -> state.map(one -> Option.<Object>apply(one.leader())).orElse(Option.empty());
                case "leaderIdIfLocal" -> leader.map(Option::<Object>apply).orElse(Option.empty());
                case "leaderLogIfLocal" -> leader.isPresent() ? log(partition) : Option.empty();
                default -> BrokerView.OUTSIDE;
            };
        }));
    }
}
