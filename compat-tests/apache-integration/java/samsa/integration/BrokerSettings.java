package samsa.integration;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The properties of one node: the test's own, and around them its roles, free ports and a new directory. */
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
    /** Ports of nodes that may not have bound them yet. */
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    /**
     * A cluster as a test asks for it.
     *
     * @param brokers            number of brokers
     * @param own                settings of the test; they win over ours
     * @param ownOfBroker        those of single brokers, by id; they win over the others
     * @param listener           the listener that clients use
     * @param protocol           its security protocol
     * @param controller         the listener of controllers
     * @param controllerProtocol its security protocol
     * @param disks              number of log directories
     * @param format             arguments for `kafka-storage format`
     * @param client             what a client needs to connect, beside the address
     */
    public record Wanted(int brokers, Map<String, String> own, Map<Integer, Map<String, String>> ownOfBroker, String listener, String protocol, String controller, String controllerProtocol,
                  int disks, List<String> format, Map<String, Object> client) {}

    /**
     * The place of a node in its cluster.
     *
     * @param id             the node's
     * @param roles          as `process.roles` has them
     * @param controllerId   the node that the brokers' controller is
     * @param controllerPort its port; 0 where the node is the controller itself
     * @param clusterId      null: a new one
     */
    public record Seat(int id, String roles, int controllerId, int controllerPort, String clusterId) {
        static final Seat ALONE = new Seat(0, "broker,controller", 0, 0, null);

        static Seat controller(int id, String clusterId) {
            return new Seat(id, "controller", id, 0, clusterId);
        }

        static Seat broker(int id, Broker controller, String clusterId) {
            return new Seat(id, "broker", controller.id(), controller.controllerPort(), clusterId);
        }

        boolean isBroker() {
            return roles.contains("broker");
        }

        boolean isController() {
            return roles.contains("controller");
        }
    }

    final Wanted wanted;
    final Seat seat;
    final Map<String, String> properties = new TreeMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    BrokerSettings(Wanted wanted, Seat seat, Path directory) {
        this.wanted = wanted;
        this.seat = seat;
        properties.put("process.roles", seat.roles);
        properties.put("node.id", String.valueOf(seat.id));
        properties.put("listeners", wanted.listener + "://localhost:0," + wanted.controller + "://localhost:0");
        properties.put("listener.security.protocol.map", wanted.listener + ":" + wanted.protocol + "," + wanted.controller + ":" + wanted.controllerProtocol);
        properties.put("inter.broker.listener.name", wanted.listener);
        properties.put("controller.listener.names", wanted.controller);
        properties.put("log.cleaner.dedupe.buffer.size", "2097152");
        PRODUCT.lines().map(line -> line.split("=", 2)).forEach(setting -> properties.put(setting[0], setting[1]));
        properties.put("log.dirs", directories(directory));
        Features.setRelease(properties, wanted.format);
        // A test names one of the two.
        if (wanted.own.containsKey("security.inter.broker.protocol")) properties.remove("inter.broker.listener.name");
        properties.putAll(wanted.own);
        properties.putAll(wanted.ownOfBroker.getOrDefault(seat.id, Map.of()));
        // The older key says the same of one directory.
        String logDir = properties.remove("log.dir");
        if (logDir != null && !wanted.own.containsKey("log.dirs")) properties.put("log.dirs", logDir);
        properties.put("listeners", withPorts(ofRole(properties.get("listeners"))));
        properties.computeIfPresent("advertised.listeners", (key, listeners) -> seat.isBroker() ? withPorts(ofRole(listeners)) : null);
        addQuorum();
    }

    /** The listeners that a node of these roles may have. */
    private String ofRole(String listeners) {
        return Arrays.stream(listeners.split(",")).map(String::trim)
            .filter(one -> one.startsWith(wanted.controller + "://") ? seat.isController() : seat.isBroker())
            .collect(Collectors.joining(","));
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
        int port = seat.isController() ? controllerPort() : seat.controllerPort;
        if (port == 0) return;
        String address = "localhost:" + port;
        if (wanted.format.contains("--standalone")) properties.putIfAbsent("controller.quorum.bootstrap.servers", address);
        if (!properties.containsKey("controller.quorum.bootstrap.servers")) properties.put("controller.quorum.voters", seat.controllerId + "@" + address);
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
            if (!TAKEN.add(port)) continue;
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
                return port;
            } catch (IOException e) {
                TAKEN.remove(port);
            }
        }
        throw new IllegalStateException("none of the ports from " + FIRST_PORT + " is free");
    }

    List<String> logDirs() {
        return List.of(properties.get("log.dirs").split(","));
    }

    void freePorts() {
        TAKEN.removeAll(ports.values());
    }

    int port() {
        Integer port = ports.get(wanted.listener);
        return port != null ? port : ports.values().iterator().next();
    }

    int port(String listener) {
        if (!ports.containsKey(listener)) throw new IllegalArgumentException("there is no listener " + listener + " among " + ports.keySet());
        return ports.get(listener);
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
