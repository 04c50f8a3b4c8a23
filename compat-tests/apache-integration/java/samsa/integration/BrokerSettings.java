package samsa.integration;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The properties of one broker: the test's own, and around them one node with free ports and a new directory. */
public final class BrokerSettings {
    /** Ports above those that the system gives to clients: a broker that starts again finds its own still free. */
    private static final int FIRST_PORT = Integer.getInteger("samsa.ports.first", 61000);
    private static final int PORTS = Integer.getInteger("samsa.ports.count", 500);
    /** Settings of the product, `key=value` a line: they tell it how to be like the other one. */
    private static final String PRODUCT = System.getProperty("samsa.broker.properties", "");
    private static final Random RANDOM = new Random();
    /** Keys that count replicas. */
    private static final List<String> REPLICAS = List.of("offsets.topic.replication.factor", "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr", "share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr",
        "default.replication.factor", "min.insync.replicas");
    private static final Pattern LISTENER = Pattern.compile("(\\w+)://([^:,]*):(\\d+)");

    /**
     * A cluster as a test asks for it.
     *
     * @param own                settings of the test; they win over ours
     * @param listener           the listener that clients use
     * @param protocol           its security protocol
     * @param controller         the listener of controllers
     * @param controllerProtocol its security protocol
     * @param disks              number of log directories
     * @param format             arguments for `kafka-storage format`
     * @param client             what a client needs to connect, beside the address
     */
    public record Wanted(Map<String, String> own, String listener, String protocol, String controller, String controllerProtocol,
                  int disks, List<String> format, Map<String, Object> client) {}

    final Wanted wanted;
    final Map<String, String> properties = new TreeMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    BrokerSettings(Wanted wanted, Path directory) {
        this.wanted = wanted;
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "0");
        properties.put("listeners", wanted.listener + "://localhost:0," + wanted.controller + "://localhost:0");
        properties.put("listener.security.protocol.map", wanted.listener + ":" + wanted.protocol + "," + wanted.controller + ":" + wanted.controllerProtocol);
        properties.put("inter.broker.listener.name", wanted.listener);
        properties.put("controller.listener.names", wanted.controller);
        properties.put("log.cleaner.dedupe.buffer.size", "2097152");
        PRODUCT.lines().map(line -> line.split("=", 2)).forEach(setting -> properties.put(setting[0], setting[1]));
        properties.put("log.dirs", directories(directory));
        Features.setRelease(properties, wanted.format);
        properties.putAll(wanted.own);
        properties.put("listeners", withPorts(properties.get("listeners")));
        properties.computeIfPresent("advertised.listeners", (key, listeners) -> withPorts(listeners));
        addQuorum();
    }

    /** On one node nothing can be replicated: keys that count replicas become 1. */
    static Map<String, String> onOneNode(Map<String, String> properties) {
        Map<String, String> fewer = new HashMap<>(properties);
        for (String key : REPLICAS) fewer.put(key, "1");
        return fewer;
    }

    private String directories(Path directory) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < Math.max(1, wanted.disks); i++) names.add(directory.resolve("data" + i).toString());
        return String.join(",", names);
    }

    private void addQuorum() {
        if (controllerPort() == 0) return;
        String address = "localhost:" + controllerPort();
        if (wanted.format.contains("--standalone")) properties.putIfAbsent("controller.quorum.bootstrap.servers", address);
        if (!properties.containsKey("controller.quorum.bootstrap.servers")) properties.put("controller.quorum.voters", "0@" + address);
    }

    /** Gives a port to each listener that asks for any, the same one wherever the listener is named. */
    private String withPorts(String listeners) {
        Matcher matcher = LISTENER.matcher(listeners);
        StringBuilder text = new StringBuilder();
        while (matcher.find()) {
            int port = Integer.parseInt(matcher.group(3));
            if (port == 0) port = ports.computeIfAbsent(matcher.group(1), name -> freePort());
            ports.put(matcher.group(1), port);
            String host = matcher.group(2).isEmpty() ? "localhost" : matcher.group(2);
            matcher.appendReplacement(text, matcher.group(1) + "://" + host + ":" + port);
        }
        return matcher.appendTail(text).toString();
    }

    private int freePort() {
        for (int i = 0; i < 1000; i++) {
            int port = FIRST_PORT + RANDOM.nextInt(PORTS);
            if (ports.containsValue(port)) continue;
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
                return port;
            } catch (IOException e) {
                // Somebody has it.
            }
        }
        throw new IllegalStateException("none of the ports from " + FIRST_PORT + " is free");
    }

    int port() {
        Integer port = ports.get(wanted.listener);
        return port != null ? port : ports.values().iterator().next();
    }

    /** 0 where the test's listeners have none for controllers. */
    int controllerPort() {
        return ports.getOrDefault(wanted.controller, 0);
    }

    void writeTo(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        properties.forEach((key, value) -> text.append(key).append('=').append(value.replace("\\", "\\\\").replace("\n", " ")).append('\n'));
        Files.writeString(file, text);
    }
}
