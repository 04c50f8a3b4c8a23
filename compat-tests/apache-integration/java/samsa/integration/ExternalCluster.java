package samsa.integration;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import kafka.server.ControllerServer;
import kafka.server.KafkaBroker;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.ClusterInstance;
import org.apache.kafka.common.test.JaasUtils;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.fault.FaultHandlerException;

/** The cluster of a @ClusterTest, outside of this process: as many brokers as it asks for, or one (see `Nodes`). */
public final class ExternalCluster implements ClusterInstance {
    private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required ";
    /** Time for the broker half of a node to see what its controller half has answered already; from outside that cannot be seen. */
    private static final long SETTLE_MS = 300;
    private final ClusterConfig config;
    private final Type type;
    private Nodes nodes;
    private boolean isStarted;
    private boolean isStopped;
    private Map<Integer, KafkaBroker> brokerViews;
    private ControllerServer controllerView;

    public ExternalCluster(ClusterConfig config, Type type) {
        this.config = config;
        this.type = type;
    }

    private Map<String, String> properties() {
        Map<String, String> properties = new TreeMap<>();
        if (config.brokerSecurityProtocol() == SecurityProtocol.SASL_PLAINTEXT) properties.putAll(sasl());
        properties.putAll(config.serverProperties());
        return isOneForSeveral() ? BrokerSettings.onOneNode(properties) : properties;
    }

    private boolean isOneForSeveral() {
        return config.numBrokers() > 1 && !Nodes.isReal(config.numBrokers());
    }

    /** The users of the original, and its authorizer. */
    private Map<String, String> sasl() {
        String users = PLAIN + "username=\"" + JaasUtils.KAFKA_PLAIN_ADMIN + "\" password=\"" + JaasUtils.KAFKA_PLAIN_ADMIN_PASSWORD
            + "\" user_" + JaasUtils.KAFKA_PLAIN_ADMIN + "=\"" + JaasUtils.KAFKA_PLAIN_ADMIN_PASSWORD
            + "\" user_" + JaasUtils.KAFKA_PLAIN_USER1 + "=\"" + JaasUtils.KAFKA_PLAIN_USER1_PASSWORD + "\";";
        String anonymous = config.controllerSecurityProtocol() == SecurityProtocol.PLAINTEXT ? ";User:ANONYMOUS" : "";
        Map<String, String> properties = new HashMap<>();
        properties.put("sasl.enabled.mechanisms", "PLAIN");
        properties.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        properties.put("sasl.mechanism.controller.protocol", "PLAIN");
        properties.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        properties.put("allow.everyone.if.no.acl.found", "false");
        properties.put("super.users", "User:" + JaasUtils.KAFKA_PLAIN_ADMIN + anonymous);
        for (ListenerName listener : List.of(config.brokerListenerName(), config.controllerListenerName()))
            properties.put("listener.name." + listener.value().toLowerCase(Locale.ROOT) + ".plain.sasl.jaas.config", users);
        return properties;
    }

    /** Arguments for `kafka-storage format`. */
    private List<String> format() {
        List<String> words = new ArrayList<>();
        config.features().forEach((feature, level) -> words.addAll(List.of("--feature", feature.featureName() + "=" + level)));
        MetadataVersion version = config.metadataVersion();
        if (version.isLessThan(MetadataVersion.latestProduction())) words.addAll(List.of("--release-version", version.version()));
        if (config.standalone()) words.add("--standalone");
        return words;
    }

    @Override
    public synchronized void start() {
        if (isStarted) return;
        BrokerSettings.Wanted wanted = new BrokerSettings.Wanted(config.numBrokers(), properties(), config.perServerOverrideProperties(), config.brokerListenerName().value(), config.brokerSecurityProtocol().name,
            config.controllerListenerName().value(), config.controllerSecurityProtocol().name, config.numDisksPerBroker(), format(),
            setClientSaslConfig(new HashMap<>()));
        try {
            nodes = SpareNodes.started(wanted, () -> new Nodes(wanted));
        } catch (RuntimeException e) {
            isStopped = true;
            throw e;
        }
        isStarted = true;
    }

    @Override
    public synchronized void stop() {
        Thread.interrupted(); // Reach.outside has set it.
        isStopped = true;
        if (nodes != null) nodes.close();
    }

    @Override
    public boolean started() {
        return isStarted;
    }

    @Override
    public boolean stopped() {
        return isStopped;
    }

    @Override
    public Type type() {
        return type;
    }

    @Override
    public ClusterConfig config() {
        return config;
    }

    @Override
    public Map<Integer, KafkaBroker> brokers() {
        if (brokerViews == null) brokerViews = new TreeMap<>(BrokerView.of(nodes));
        return brokerViews;
    }

    @Override
    public Map<Integer, KafkaBroker> aliveBrokers() {
        Map<Integer, KafkaBroker> alive = new TreeMap<>(brokers());
        alive.keySet().removeIf(id -> !nodes.broker(id).isRunning());
        return alive;
    }

    @Override
    public Map<Integer, ControllerServer> controllers() {
        if (controllerView == null) controllerView = BrokerView.controllerOf(nodes);
        return Map.of(nodes.controller().id(), controllerView);
    }

    @Override
    public Set<Integer> controllerIds() {
        return new TreeSet<>(Set.of(nodes.controller().id()));
    }

    @Override
    public Set<Integer> brokerIds() {
        return new TreeSet<>(brokers().keySet()); // Tests take out what they find.
    }

    @Override
    public ListenerName clientListener() {
        return config.brokerListenerName();
    }

    @Override
    public ListenerName controllerListenerName() {
        return config.controllerListenerName();
    }

    @Override
    public String bootstrapServers() {
        return nodes.bootstrapServers();
    }

    @Override
    public String bootstrapControllers() {
        return nodes.bootstrapControllers();
    }

    @Override
    public List<Integer> controllerBoundPorts() {
        return List.of(nodes.controller().controllerPort());
    }

    @Override
    public List<Integer> brokerBoundPorts() {
        return nodes.brokers().stream().map(Broker::port).toList();
    }

    @Override
    public String clusterId() {
        return nodes.clusterId();
    }

    @Override
    public Set<GroupProtocol> supportedGroupProtocols() {
        String protocols = config.serverProperties().get("group.coordinator.rebalance.protocols");
        return protocols == null || protocols.contains("consumer") ? Set.of(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER) : Set.of(GroupProtocol.CLASSIC);
    }

    @Override
    public Optional<FaultHandlerException> firstFatalException() {
        return Optional.empty();
    }

    @Override
    public Optional<FaultHandlerException> firstNonFatalException() {
        return Optional.empty();
    }

    @Override
    public void shutdownBroker(int id) {
        nodes.broker(id).shutdown();
    }

    @Override
    public void startBroker(int id) {
        nodes.start(nodes.broker(id));
    }

    @Override
    public void waitForReadyBrokers() {
        // start() has waited.
    }

    @Override
    public Admin admin(Map<String, Object> configs, boolean controllers) {
        Admin admin = ClusterInstance.super.admin(configs, controllers);
        return isOneForSeveral() ? OneNodeAdmin.of(admin, config.numBrokers()) : admin;
    }

    @Override
    public void createTopic(String topic, int partitions, short replicas, Map<String, String> configs) {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, replicas).configs(configs)));
            waitTopicCreation(topic, partitions);
        }
    }

    @Override
    public void createTopicWithAssignment(String topic, Map<Integer, List<Integer>> assignment) {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, assignment)));
            waitTopicCreation(topic, assignment.size());
        }
    }

    @Override
    public void waitTopicCreation(String topic, int partitions) {
        if (partitions <= 0) throw new IllegalArgumentException("partitions: " + partitions);
        try (Admin admin = admin()) {
            Poll.until(topic + " with " + partitions + " partitions", () -> {
                TopicDescription description = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
                return description.partitions().size() == partitions
                    && description.partitions().stream().allMatch(one -> one.leader() != null && !one.leader().isEmpty());
            });
        }
    }

    @Override
    public void deleteTopic(String topic) {
        try (Admin admin = admin()) {
            admin.deleteTopics(List.of(topic));
            waitTopicDeletion(topic);
        }
    }

    @Override
    public void waitTopicDeletion(String topic) {
        try (Admin admin = admin()) {
            Poll.until("the end of " + topic, () -> !admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get().contains(topic));
        }
    }

    @Override
    public void ensureConsistentMetadata() {
        Poll.sleep(SETTLE_MS);
    }

    @Override
    public void ensureConsistentMetadata(Collection<KafkaBroker> brokers, Collection<ControllerServer> controllers) {
        Poll.sleep(SETTLE_MS);
    }

    @Override
    public List<Authorizer> authorizers() {
        throw Reach.outside("the authorizer");
    }

    @Override
    public void waitAcls(AclBindingFilter filter, Collection<AccessControlEntry> entries) {
        try (Admin admin = admin()) {
            Poll.until("the ACLs " + entries, () -> {
                Set<AccessControlEntry> found = new HashSet<>();
                for (AclBinding binding : admin.describeAcls(filter).values().get()) found.add(binding.entry());
                return found.equals(new HashSet<>(entries));
            });
        }
    }
}
