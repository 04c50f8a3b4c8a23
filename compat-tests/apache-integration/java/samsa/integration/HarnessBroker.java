package samsa.integration;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import kafka.network.SocketServer;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaApis;
import kafka.server.KafkaBroker;
import kafka.server.KafkaConfig;
import kafka.server.SharedServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.image.loader.MetadataLoader;
import org.apache.kafka.metadata.BrokerState;
import org.apache.kafka.server.BrokerLifecycleManager;

/**
 * Stands for a broker of `QuorumTestHarness`, which is a process under the controller in this one. What it knows of the cluster
 * (topics, ACLs, users, tokens, quotas) is what the controller knows, once the broker has fetched that much of the metadata log.
 */
public final class HarnessBroker {
    private static final List<Broker> ALL = new ArrayList<>();
    private static final int LONGEST_LAG_MS = 10_000;
    private static final int EVERY_MS = 20;
    /** The time that the broker has for what it has fetched. */
    private static final int APPLIED_AFTER_MS = 20;

    private final KafkaConfig config;
    private final ControllerServer controller;
    private final Broker broker;

    private HarnessBroker(KafkaConfig config, ControllerServer controller, Broker broker) {
        this.config = config;
        this.controller = controller;
        this.broker = broker;
    }

    public static KafkaBroker of(KafkaConfig config, ControllerServer controller, Map<Integer, InetSocketAddress> voters, String clusterId) {
        Map.Entry<Integer, InetSocketAddress> voter = voters.entrySet().iterator().next();
        BrokerSettings.Seat seat = new BrokerSettings.Seat(config.nodeId(), "broker", voter.getKey(), voter.getValue().getPort(), clusterId);
        Broker broker = new Broker(wanted(config), seat);
        synchronized (ALL) {
            ALL.add(broker);
        }
        return new HarnessBroker(config, controller, broker).standIn();
    }

    /** Ends the brokers of a test. */
    public static void closeAll() {
        synchronized (ALL) {
            ALL.forEach(Broker::close);
            ALL.clear();
        }
    }

    private static BrokerSettings.Wanted wanted(KafkaConfig config) {
        Map<String, String> own = new HashMap<>();
        config.originals().forEach((key, value) -> own.put(key, textOf(value)));
        // The broker's process is elsewhere.
        for (String key : List.of("log.dirs", "log.dir", "metadata.log.dir")) own.computeIfPresent(key, (name, paths) -> absolute(paths));
        Jaas.addTo(own);
        String listener = config.interBrokerListenerName().value();
        String controllerListener = config.controllerListenerNames().get(0);
        String protocol = config.effectiveListenerSecurityProtocolMap().get(new ListenerName(controllerListener)).name;
        return new BrokerSettings.Wanted(1, own, Map.of(), listener, config.interBrokerSecurityProtocol().name, controllerListener, protocol, 1, List.of(), Map.of());
    }

    /** A setting as a file of properties has it. */
    private static String textOf(Object value) {
        if (value instanceof Password password) return password.value();
        if (value instanceof Class<?> type) return type.getName();
        if (value instanceof List<?> list) return list.stream().map(HarnessBroker::textOf).collect(Collectors.joining(","));
        return String.valueOf(value);
    }

    private static String absolute(String paths) {
        return Arrays.stream(paths.split(",")).map(path -> Path.of(path.trim()).toAbsolutePath().toString()).collect(Collectors.joining(","));
    }

    private KafkaBroker standIn() {
        return BrokerView.standIn(BrokerServer.class, (method, call) -> switch (method) {
            case "startup" -> {
                Optional<Long> before = controller.metadataCache().getAliveBrokerEpoch(broker.id());
                broker.start();
                Poll.until("broker " + broker.id() + " unfenced", () -> isUnfencedSince(before));
                yield null;
            }
            case "shutdown" -> {
                broker.shutdown();
                yield null;
            }
            case "awaitShutdown" -> null;
            case "isShutdown" -> !broker.isRunning();
            case "brokerState" -> broker.isRunning() ? BrokerState.RUNNING : BrokerState.NOT_RUNNING;
            case "clusterId" -> controller.clusterId();
            case "config" -> config;
            case "lifecycleManager" -> BrokerView.standIn(BrokerLifecycleManager.class, (name, of) ->
                name.equals("initialUnfenceFuture") ? CompletableFuture.completedFuture(null) : BrokerView.OUTSIDE);
            case "boundPort" -> broker.port(call.<ListenerName>getArgument(0).value());
            case "socketServer" -> BrokerView.standIn(SocketServer.class,
                (name, of) -> name.equals("boundPort") ? (Object) broker.port(of.<ListenerName>getArgument(0).value()) : BrokerView.OUTSIDE);
            case "metadataCache" -> caughtUp().metadataCache();
            case "authorizerPlugin" -> caughtUp().authorizerPlugin();
            case "credentialProvider" -> caughtUp().credentialProvider();
            case "tokenCache" -> caughtUp().tokenCache();
            case "quotaManagers" -> caughtUp().quotaManagers();
            case "sharedServer" -> sharedServer();
            case "logManager" -> replicas().logManager();
            case "replicaManager" -> replicas().replicaManager(caughtUp().metadataCache());
            case "dataPlaneRequestProcessor" -> requestProcessor();
            case "groupCoordinator" -> BrokerView.standIn(GroupCoordinator.class,
                (name, of) -> name.equals("groupMetadataTopicConfigs") ? BrokerView.groupTopicConfigs() : BrokerView.OUTSIDE);
            default -> BrokerView.OUTSIDE;
        });
    }

    /** Under another registration than the one that it may still have had when it was started. */
    private boolean isUnfencedSince(Optional<Long> before) {
        Optional<Long> now = controller.metadataCache().getAliveBrokerEpoch(broker.id());
        return now.isPresent() && !now.equals(before) && !controller.metadataCache().isBrokerFenced(broker.id());
    }

    private KafkaApis requestProcessor() {
        return BrokerView.standIn(KafkaApis.class, (method, call) -> switch (method) {
            case "metadataCache" -> caughtUp().metadataCache();
            case "authorizerPlugin" -> caughtUp().authorizerPlugin();
            case "quotas" -> caughtUp().quotaManagers();
            case "clusterId" -> controller.clusterId();
            case "brokerId" -> broker.id();
            default -> BrokerView.OUTSIDE;
        });
    }

    /** Only where any client may ask for them. */
    private ReplicaView replicas() {
        if (config.interBrokerSecurityProtocol() != SecurityProtocol.PLAINTEXT) throw Reach.outside("a broker that lets nobody in without a login");
        return new ReplicaView(() -> Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers())), broker);
    }

    private SharedServer sharedServer() {
        return BrokerView.standIn(SharedServer.class, (method, call) -> method.equals("loader")
            ? BrokerView.standIn(MetadataLoader.class, (name, of) -> name.equals("lastAppliedOffset") ? (Object) applied() : BrokerView.OUTSIDE)
            : BrokerView.OUTSIDE);
    }

    /** The controller, as soon as the broker has all that it has written so far; of a broker that does not run nothing is awaited. */
    private ControllerServer caughtUp() throws Exception {
        long written = controller.raftManager().client().logEndOffset();
        long end = System.nanoTime() + LONGEST_LAG_MS * 1_000_000L;
        while (broker.isRunning() && fetched() < written && System.nanoTime() < end) Poll.sleep(EVERY_MS);
        Poll.sleep(APPLIED_AFTER_MS);
        return controller;
    }

    private long applied() throws Exception {
        long fetched = fetched();
        Poll.sleep(APPLIED_AFTER_MS);
        return fetched - 1;
    }

    /** The offset from which the broker fetches: what is before it, it has. */
    private long fetched() throws Exception {
        RequestHeader header = new RequestHeader(ApiKeys.DESCRIBE_QUORUM, ApiKeys.DESCRIBE_QUORUM.latestVersion(), "", 0);
        RequestContext context = new RequestContext(header, "1", InetAddress.getLoopbackAddress(), KafkaPrincipal.ANONYMOUS,
            new ListenerName("CONTROLLER"), SecurityProtocol.PLAINTEXT, ClientInformation.EMPTY, false);
        DescribeQuorumRequestData request = DescribeQuorumRequest.singletonRequest(new TopicPartition(Topic.CLUSTER_METADATA_TOPIC_NAME, 0));
        DescribeQuorumResponseData answer = (DescribeQuorumResponseData) controller.raftManager().handleRequest(context, header, request, System.currentTimeMillis()).get();
        return answer.topics().get(0).partitions().get(0).observers().stream().filter(one -> one.replicaId() == broker.id())
            .mapToLong(DescribeQuorumResponseData.ReplicaState::logEndOffset).findFirst().orElse(-1);
    }
}
