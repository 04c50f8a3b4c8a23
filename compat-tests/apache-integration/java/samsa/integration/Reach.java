package samsa.integration;

/** The border between a test and the broker: behind it is another process, into which a test cannot see. */
public final class Reach {
    private static volatile String asked;

    private Reach() {}

    /** Ends the running test at once: many tests would ask again until their time is over. */
    public static UnsupportedOperationException outside(String of) {
        asked = of;
        Thread.currentThread().interrupt();
        return new UnsupportedOperationException("inside of " + of);
    }

    /** A test begins. */
    static void forget() {
        asked = null;
    }

    /** The part of the broker for which the running test has asked, or null. */
    static String asked() {
        return asked;
    }
}
