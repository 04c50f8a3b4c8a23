package samsa.integration;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.test.TestKitNodes;

/** The cluster that a test kit asks for. */
public final class TestKitSettings {
    private TestKitSettings() {}

    public static BrokerSettings.Wanted of(TestKitNodes nodes, Map<String, String> properties) {
        int brokers = nodes.brokerNodes().size();
        Map<String, String> own = brokers > 1 && !Nodes.isReal(brokers) ? BrokerSettings.onOneNode(properties) : properties;
        int disks = nodes.brokerNodes().values().iterator().next().logDataDirectories().size();
        return new BrokerSettings.Wanted(brokers, own, Map.of(), nodes.brokerListenerName().value(), nodes.brokerListenerProtocol().name,
            nodes.controllerListenerName().value(), nodes.controllerListenerProtocol().name, disks, List.of(), clientConfig(own));
    }

    /** The trust store of clients, where the broker's listener for them is encrypted. */
    private static Map<String, Object> clientConfig(Map<String, String> broker) {
        Map<String, Object> config = new HashMap<>();
        if (!broker.getOrDefault("listener.security.protocol.map", "").contains("EXTERNAL:SSL")) return config;
        config.put("security.protocol", "SSL");
        broker.forEach((key, value) -> {
            if (key.startsWith("ssl.truststore.")) config.put(key, value);
        });
        return config;
    }
}
