package samsa.integration;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.common.Uuid;

/**
 * The processes of a cluster: one node that is broker and controller, or, where the system property `samsa.several` asks for
 * it and a test for more than one broker, that many brokers under one controller that is none.
 */
public final class Nodes {
    private static final boolean SEVERAL = Boolean.getBoolean("samsa.several");
    /** As in the original. */
    private static final int FIRST_CONTROLLER = 3000;
    private static final int EVERY_MS = 40;
    private final BrokerSettings.Wanted wanted;
    private final List<Broker> brokers = new ArrayList<>();
    private final Broker controller;
    private String clusterId;

    public Nodes(BrokerSettings.Wanted wanted) {
        this.wanted = wanted;
        if (isReal(wanted.brokers())) {
            String id = Uuid.randomUuid().toString();
            controller = new Broker(wanted, BrokerSettings.Seat.controller(FIRST_CONTROLLER, id));
            for (int i = 0; i < wanted.brokers(); i++) brokers.add(new Broker(wanted, BrokerSettings.Seat.broker(i, controller, id)));
        } else {
            controller = new Broker(wanted, BrokerSettings.Seat.ALONE);
            brokers.add(controller);
        }
    }

    /** Whether tests that ask for several brokers have them; those of one broker then run elsewhere. */
    public static boolean areSeveral() {
        return SEVERAL;
    }

    /** Whether a test that asks for so many brokers has them; else it gets one. */
    static boolean isReal(int brokers) {
        return SEVERAL && brokers > 1;
    }

    private List<Broker> all() {
        List<Broker> all = new ArrayList<>(brokers);
        if (!all.contains(controller)) all.add(0, controller);
        return all;
    }

    public void start() {
        launch();
        adopt();
        awaitReady();
    }

    /** Starts the processes without waiting for them. */
    void launch() {
        all().forEach(Broker::launch);
    }

    void adopt() {
        all().forEach(Broker::adopt);
    }

    void awaitReady() {
        long end = Broker.deadline();
        for (Broker one : all()) one.awaitListening(end);
        try (Admin admin = admin()) {
            while (!isComplete(admin, end)) Poll.sleep(EVERY_MS);
        }
    }

    private boolean isComplete(Admin admin, long end) {
        try {
            DescribeClusterResult cluster = admin.describeCluster(new DescribeClusterOptions().timeoutMs(5000));
            for (Broker one : all()) one.giveUp(end, null);
            if (cluster.nodes().get().size() != brokers.size() || cluster.controller().get() == null) return false;
            String id = cluster.clusterId().get();
            if (clusterId == null) Features.set(admin, wanted.format());
            clusterId = id;
            return true;
        } catch (IllegalStateException e) {
            throw e;
        } catch (Exception e) {
            for (Broker one : all()) one.giveUp(end, e);
            return false;
        }
    }

    /** Starts a broker that was stopped, and waits until its cluster lists it. */
    void start(Broker one) {
        one.start();
        try (Admin admin = admin()) {
            Poll.until("broker " + one.id(), () -> admin.describeCluster().nodes().get().stream().anyMatch(node -> node.id() == one.id()));
        }
    }

    Admin admin() {
        Map<String, Object> config = new HashMap<>(wanted.client());
        config.put("bootstrap.servers", bootstrapServers());
        config.put("reconnect.backoff.max.ms", 100);
        return Admin.create(config);
    }

    /** Ends the processes and removes their data. */
    public void close() {
        for (Broker broker : brokers) broker.close();
        controller.close();
    }

    boolean isRunning() {
        return all().stream().allMatch(Broker::isRunning);
    }

    void removeLogs() {
        all().forEach(Broker::removeLog);
    }

    public List<Broker> brokers() {
        return brokers;
    }

    Broker broker(int id) {
        if (id < 0 || id >= brokers.size()) throw new IllegalArgumentException("there is no broker " + id + " among " + brokers.size());
        return brokers.get(id);
    }

    Broker controller() {
        return controller;
    }

    public String bootstrapServers() {
        return brokers.stream().map(Broker::bootstrapServers).collect(Collectors.joining(","));
    }

    public String bootstrapControllers() {
        return controller.bootstrapControllers();
    }

    String clusterId() {
        return clusterId;
    }
}
