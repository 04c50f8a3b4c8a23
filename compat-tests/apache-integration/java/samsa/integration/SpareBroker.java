package samsa.integration;

import java.util.function.Supplier;

/**
 * The next broker, launched while a test runs: tests of a class mostly want the same one, and Apache Kafka takes seconds
 * to start. Only where the system property `samsa.spare` asks for it.
 */
final class SpareBroker {
    private static final boolean WANTED = Boolean.getBoolean("samsa.spare");
    private static Broker spare;
    private static Object spareKind;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drop()));
    }

    private SpareBroker() {}

    /** A started broker: the spare one where it is of that kind. */
    static synchronized Broker started(Object kind, Supplier<Broker> maker) {
        Broker broker = take(kind);
        if (broker == null) {
            broker = maker.get();
            broker.start();
        }
        if (WANTED) {
            spare = maker.get();
            spare.launch();
            spareKind = kind;
        }
        return broker;
    }

    private static Broker take(Object kind) {
        if (spare == null || !kind.equals(spareKind) || !spare.isRunning()) {
            drop();
            return null;
        }
        Broker broker = spare;
        spare = null;
        broker.adopt();
        try {
            broker.awaitReady();
            return broker;
        } catch (IllegalStateException e) {
            // A port was taken by somebody else meanwhile, say.
            broker.close();
            return null;
        }
    }

    private static synchronized void drop() {
        if (spare == null) return;
        spare.close();
        spare.removeLog();
        spare = null;
    }
}
