package org.apache.kafka.common.test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.raft.KafkaRaftManager;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import samsa.integration.BrokerView;
import samsa.integration.Nodes;
import samsa.integration.Reach;
import samsa.integration.TestKitSettings;

/**
 * Takes the place of Apache's class of this name, earlier on the class path and under the EmbeddedKafkaCluster of Streams:
 * a cluster outside of this process.
 */
public class KafkaClusterTestKit implements AutoCloseable {
    private final TestKitNodes nodes;
    private final Nodes cluster;
    private final MockFaultHandler fatal = new MockFaultHandler("fatal");
    private final MockFaultHandler other = new MockFaultHandler("non-fatal");
    private Map<Integer, BrokerServer> views;

    private KafkaClusterTestKit(TestKitNodes nodes, Map<String, String> properties) {
        this.nodes = nodes;
        this.cluster = new Nodes(TestKitSettings.of(nodes, properties));
    }

    public static class Builder {
        private final TestKitNodes nodes;
        private final Map<String, String> properties = new HashMap<>();

        public Builder(TestKitNodes nodes) {
            this.nodes = nodes;
        }

        public Builder setConfigProp(String key, Object value) {
            properties.put(key, String.valueOf(value));
            return this;
        }

        public Builder setStandalone(boolean standalone) {
            return this;
        }

        public Builder setInitialVoterSet(Map<Integer, Uuid> voters) {
            throw new UnsupportedOperationException("there is one controller");
        }

        public Builder setDeleteOnClose(boolean delete) {
            return this;
        }

        public KafkaClusterTestKit build() throws Exception {
            Map<String, String> all = new HashMap<>(properties);
            all.putAll(nodes.brokerNodes().values().iterator().next().propertyOverrides());
            return new KafkaClusterTestKit(nodes, all);
        }
    }

    public void format() {
        // Each node does that at its first start.
    }

    public void startup() {
        cluster.start();
    }

    public void waitForReadyBrokers() {
        // startup() has waited.
    }

    public Admin admin() {
        return admin(Map.of());
    }

    public Admin admin(Map<String, Object> config) {
        return admin(config, false);
    }

    public Admin admin(Map<String, Object> config, boolean controllers) {
        Map<String, Object> all = new HashMap<>(config);
        if (controllers) all.put("bootstrap.controllers", bootstrapControllers());
        else all.put("bootstrap.servers", bootstrapServers());
        return Admin.create(all);
    }

    public String bootstrapServers() {
        return cluster.bootstrapServers();
    }

    public String bootstrapControllers() {
        return cluster.bootstrapControllers();
    }

    public Map<Integer, ControllerServer> controllers() {
        throw Reach.outside("the controller");
    }

    public Controller waitForActiveController() {
        throw Reach.outside("the controller");
    }

    public Map<Integer, BrokerServer> brokers() {
        if (views == null) views = BrokerView.of(cluster);
        return views;
    }

    public Map<Integer, KafkaRaftManager<ApiMessageAndVersion>> raftManagers() {
        throw Reach.outside("the controller");
    }

    public TestKitNodes nodes() {
        return nodes;
    }

    public MockFaultHandler fatalFaultHandler() {
        return fatal;
    }

    public MockFaultHandler nonFatalFaultHandler() {
        return other;
    }

    @Override
    public void close() {
        Thread.interrupted(); // Reach.outside has set it.
        cluster.close();
    }
}
