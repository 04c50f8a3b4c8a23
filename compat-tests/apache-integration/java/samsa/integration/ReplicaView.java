package samsa.integration;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import kafka.cluster.Partition;
import kafka.log.LogManager;
import kafka.server.ReplicaManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Stands for the replicas of a broker: which there are, by its log directories as the Admin client describes them, whether it
 * leads them, and up to where their records are committed.
 */
final class ReplicaView {
    private static final int LONGEST_ANSWER_S = 10;
    private final Nodes nodes;
    private final Broker broker;

    ReplicaView(Nodes nodes, Broker broker) {
        this.nodes = nodes;
        this.broker = broker;
    }

    LogManager logManager() {
        return BrokerView.standIn(LogManager.class, (method, call) -> switch (method) {
            case "getLog" -> log(call.getArgument(0));
            case "liveLogDirs" -> CollectionConverters.asScala(logDirs());
            default -> BrokerView.OUTSIDE;
        });
    }

    ReplicaManager replicaManager(KRaftMetadataCache metadata) {
        return BrokerView.standIn(ReplicaManager.class, (method, call) -> switch (method) {
            case "metadataCache" -> metadata;
            case "localLog" -> log(call.getArgument(0));
            case "onlinePartition" -> partition(call.getArgument(0), metadata);
            default -> BrokerView.OUTSIDE;
        });
    }

    private List<File> logDirs() {
        return Arrays.stream(broker.properties().get("log.dirs").split(",")).map(File::new).toList();
    }

    private boolean holds(TopicPartition partition) throws Exception {
        try (Admin admin = nodes.admin()) {
            return admin.describeLogDirs(List.of(broker.id())).allDescriptions().get(LONGEST_ANSWER_S, TimeUnit.SECONDS)
                .get(broker.id()).values().stream().anyMatch(directory -> directory.replicaInfos().containsKey(partition));
        }
    }

    private Option<UnifiedLog> log(TopicPartition partition) throws Exception {
        if (!holds(partition)) return Option.empty();
        return Option.apply(BrokerView.standIn(UnifiedLog.class,
            (method, call) -> method.equals("highWatermark") ? (Object) highWatermark(partition) : BrokerView.OUTSIDE));
    }

    private long highWatermark(TopicPartition partition) throws Exception {
        try (Admin admin = nodes.admin()) {
            ListOffsetsResult offsets = admin.listOffsets(Map.of(partition, OffsetSpec.latest()));
            return offsets.partitionResult(partition).get(LONGEST_ANSWER_S, TimeUnit.SECONDS).offset();
        }
    }

    private Option<Partition> partition(TopicPartition partition, KRaftMetadataCache metadata) throws Exception {
        if (!holds(partition)) return Option.empty();
        return Option.apply(BrokerView.standIn(Partition.class, (method, call) -> {
            if (!method.equals("leaderIdIfLocal")) return BrokerView.OUTSIDE;
            Optional<Integer> leader = metadata.getLeaderAndIsr(partition.topic(), partition.partition()).map(one -> one.leader());
            return leader.filter(id -> id == broker.id()).map(Option::<Object>apply).orElse(Option.empty());
        }));
    }
}
