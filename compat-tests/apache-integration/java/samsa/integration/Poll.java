package samsa.integration;

import java.time.Duration;

/** Waits for a condition that another process brings about. */
final class Poll {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final long EVERY_MS = 30;

    interface Condition {
        boolean holds() throws Exception;
    }

    private Poll() {}

    static void until(String what, Condition condition) {
        long end = System.nanoTime() + LONGEST.toNanos();
        Exception last = null;
        while (true) {
            try {
                if (condition.holds()) return;
            } catch (Exception e) {
                last = e;
            }
            if (System.nanoTime() > end) throw new AssertionError("waited " + LONGEST.toSeconds() + " s in vain for " + what, last);
            sleep(EVERY_MS);
        }
    }

    static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
