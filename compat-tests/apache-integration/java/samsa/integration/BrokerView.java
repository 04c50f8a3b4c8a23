package samsa.integration;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import kafka.network.SocketServer;
import kafka.raft.KafkaRaftManager;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.SharedServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.image.loader.MetadataLoader;
import org.apache.kafka.metadata.BrokerState;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.metadata.LeaderAndIsr;
import org.apache.kafka.raft.LogOffsetMetadata;
import org.apache.kafka.raft.RaftLog;
import org.mockito.Mockito;
import org.mockito.invocation.InvocationOnMock;
import org.mockito.stubbing.Answer;

/**
 * Stands for the broker and the controller where helpers of the tests wait for them: settings, state, stop and start, and
 * topics with their leaders and replicas as the Admin client tells them. Everything else is in another process.
 */
public final class BrokerView {
    static final Object OUTSIDE = new Object();
    private final Nodes nodes;
    private final Broker broker;
    private KafkaConfig config;

    private BrokerView(Nodes nodes, Broker broker) {
        this.nodes = nodes;
        this.broker = broker;
    }

    /** By id. */
    public static Map<Integer, BrokerServer> of(Nodes nodes) {
        return nodes.brokers().stream().collect(Collectors.toMap(Broker::id, one -> new BrokerView(nodes, one).broker()));
    }

    static ControllerServer controllerOf(Nodes nodes) {
        return new BrokerView(nodes, nodes.controller()).controller();
    }

    /** Answers a call, or OUTSIDE. */
    interface Known {
        Object answer(String method, InvocationOnMock call) throws Exception;
    }

    static <T> T standIn(Class<T> type, Known known) {
        Answer<Object> answer = call -> {
            String method = call.getMethod().getName();
            switch (method) {
                case "toString":
                    return type.getSimpleName() + " of another process";
                case "hashCode":
                    return System.identityHashCode(call.getMock());
                case "equals":
                    return call.getMock() == call.getArgument(0);
                default:
                    Object value = known.answer(method, call);
                    if (value == OUTSIDE) throw Reach.outside(type.getSimpleName() + ": " + method);
                    return value;
            }
        };
        return Mockito.mock(type, Mockito.withSettings().stubOnly().defaultAnswer(answer));
    }

    private KafkaConfig config() {
        if (config == null) {
            Properties properties = new Properties();
            properties.putAll(broker.properties());
            config = KafkaConfig.fromProps(properties, false);
        }
        return config;
    }

    private BrokerServer broker() {
        return standIn(BrokerServer.class, (method, call) -> {
            switch (method) {
                case "startup":
                    nodes.start(broker);
                    return null;
                case "shutdown":
                    broker.shutdown();
                    return null;
                case "awaitShutdown":
                    return null;
                case "isShutdown":
                    return !broker.isRunning();
                case "brokerState":
                    return broker.isRunning() ? BrokerState.RUNNING : BrokerState.SHUTTING_DOWN;
                case "clusterId":
                    return nodes.clusterId();
                case "boundPort":
                    return broker.port();
                case "config":
                    return config();
                case "metadataCache":
                    return metadataCache();
                case "socketServer":
                    return standIn(SocketServer.class, (name, of) -> name.equals("boundPort") ? (Object) broker.port() : OUTSIDE);
                case "logManager":
                    return new ReplicaView(nodes::admin, broker).logManager();
                case "replicaManager":
                    return new ReplicaView(nodes::admin, broker).replicaManager(metadataCache());
                case "sharedServer":
                    return sharedServer();
                case "groupCoordinator":
                    return standIn(GroupCoordinator.class, (name, of) -> name.equals("groupMetadataTopicConfigs") ? groupTopicConfigs() : OUTSIDE);
                default:
                    return OUTSIDE;
            }
        });
    }

    /** Its loader has always applied whatever the controller has written. */
    private static SharedServer sharedServer() {
        return standIn(SharedServer.class, (method, call) -> method.equals("loader")
            ? standIn(MetadataLoader.class, (name, of) -> name.equals("lastAppliedOffset") ? (Object) Long.MAX_VALUE : OUTSIDE) : OUTSIDE);
    }

    static Properties groupTopicConfigs() {
        Properties configs = new Properties();
        configs.putAll(Map.of("cleanup.policy", "compact", "compression.type", "producer", "segment.bytes", "104857600"));
        return configs;
    }

    private ControllerServer controller() {
        return standIn(ControllerServer.class, (method, call) -> {
            switch (method) {
                case "config":
                    return config();
                case "clusterId":
                    return nodes.clusterId();
                case "raftManager":
                    return standIn(KafkaRaftManager.class, (name, of) -> name.equals("raftLog")
                        ? standIn(RaftLog.class, (inner, ofLog) -> inner.equals("endOffset") ? new LogOffsetMetadata(0) : OUTSIDE) : OUTSIDE);
                case "controller":
                    return standIn(Controller.class, (name, of) -> name.equals("findAllTopicIds") ? CompletableFuture.completedFuture(topicIds()) : OUTSIDE);
                default:
                    return OUTSIDE;
            }
        });
    }

    private Map<String, Uuid> topicIds() throws Exception {
        try (Admin admin = nodes.admin()) {
            Map<String, Uuid> ids = new HashMap<>();
            for (TopicListing topic : admin.listTopics(new ListTopicsOptions().listInternal(true)).listings().get()) ids.put(topic.name(), topic.topicId());
            return ids;
        }
    }

    private Optional<List<TopicPartitionInfo>> partitions(String topic) {
        try (Admin admin = nodes.admin()) {
            TopicDescription description = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return Optional.of(description.partitions());
        } catch (Exception e) {
            return Optional.empty();
        }
    }

    private Optional<LeaderAndIsr> leader(String topic, int partition) {
        return partitions(topic).flatMap(all -> all.stream().filter(one -> one.partition() == partition).findFirst())
            .filter(one -> one.leader() != null && !one.leader().isEmpty())
            .map(one -> new LeaderAndIsr(one.leader().id(), one.isr().stream().map(Node::id).toList()));
    }

    private KRaftMetadataCache metadataCache() {
        return standIn(KRaftMetadataCache.class, (method, call) -> {
            switch (method) {
                case "numPartitions":
                    return partitions(call.getArgument(0)).map(List::size);
                case "getLeaderAndIsr":
                    return leader(call.getArgument(0), call.getArgument(1));
                case "contains":
                    return call.getArgument(0) instanceof String ? topicIds().containsKey(call.<String>getArgument(0)) : OUTSIDE;
                case "getTopicId":
                    return topicIds().getOrDefault(call.<String>getArgument(0), Uuid.ZERO_UUID);
                case "topicNamesToIds":
                    return topicIds();
                case "getAllTopics":
                    return Set.copyOf(topicIds().keySet());
                case "getAliveBrokerNodes":
                case "getBrokerNodes":
                    return nodes.brokers().stream().filter(Broker::isRunning).map(one -> new Node(one.id(), "localhost", one.port())).toList();
                case "hasAliveBroker":
                    return nodes.brokers().stream().anyMatch(one -> one.isRunning() && call.<Integer>getArgument(0) == one.id());
                default:
                    return OUTSIDE;
            }
        });
    }
}
