package samsa.integration;

import java.util.function.Supplier;

/**
 * The next cluster, launched while a test runs: tests of a class mostly want the same one, and Apache Kafka takes seconds
 * to start. Only where the system property `samsa.spare` asks for it.
 */
final class SpareNodes {
    private static final boolean WANTED = Boolean.getBoolean("samsa.spare");
    private static Nodes spare;
    private static Object spareKind;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drop()));
    }

    private SpareNodes() {}

    /** A started cluster: the spare one where it is of that kind. */
    static synchronized Nodes started(Object kind, Supplier<Nodes> maker) {
        Nodes nodes = take(kind);
        if (nodes == null) {
            nodes = maker.get();
            nodes.start();
        }
        if (WANTED) {
            spare = maker.get();
            spare.launch();
            spareKind = kind;
        }
        return nodes;
    }

    private static Nodes take(Object kind) {
        if (spare == null || !kind.equals(spareKind) || !spare.isRunning()) {
            drop();
            return null;
        }
        Nodes nodes = spare;
        spare = null;
        nodes.adopt();
        try {
            nodes.awaitReady();
            return nodes;
        } catch (IllegalStateException e) {
            // A port was taken by somebody else meanwhile, say.
            nodes.close();
            return null;
        }
    }

    private static synchronized void drop() {
        if (spare == null) return;
        spare.close();
        spare.removeLogs();
        spare = null;
    }
}
