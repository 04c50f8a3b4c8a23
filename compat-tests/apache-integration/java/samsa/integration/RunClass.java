package samsa.integration;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * `RunClass class [method…]`: runs the tests of a class, all of them or those of the methods (by TestNames). One line of JSON for
 * each as soon as it ends: {"name": …, "verdict": "passed" | "failed" | "skipped", "milliseconds": …, "reason": …}. The
 * output of tests goes to standard error, and stack traces of failures to the directory of the system property `samsa.logs`.
 * The end of standard input ends the JVM and its brokers: whoever started them is gone.
 */
public final class RunClass implements TestExecutionListener {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path LOGS = Path.of(System.getProperty("samsa.logs"));
    private static final int LONGEST_REASON = 300;
    private static final int LONGEST_TRACE = 20_000;
    private static final int DEEPEST_CAUSE = 20;
    /** The reason for leaving out what another invocation, or the suite of one broker, runs; it is no news. */
    public static final String ELSEWHERE = "it runs elsewhere";

    private final PrintStream answers;
    private final Map<String, Long> began = new ConcurrentHashMap<>();
    private final Set<String> told = new HashSet<>();
    private TestPlan plan;

    private RunClass(PrintStream answers) {
        this.answers = answers;
    }

    public static void main(String[] args) {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        endWith(new FileInputStream(FileDescriptor.in));
        Set<String> methods = Set.copyOf(Arrays.asList(args).subList(1, args.length));
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(args[0]))
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
            .configurationParameter("junit.jupiter.execution.timeout.default", System.getProperty("samsa.timeout", "120") + " s");
        if (!methods.isEmpty()) request.filters((PostDiscoveryFilter) test -> FilterResult.includedIf(isWanted(test, methods)));
        LauncherFactory.create().execute(request.build(), new RunClass(answers));
        // A test may have left threads.
        System.exit(0);
    }

    private static void endWith(InputStream input) {
        Thread thread = new Thread(() -> {
            try {
                while (input.read() >= 0);
            } catch (IOException e) {
                // As good as its end.
            }
            System.exit(1);
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static boolean isWanted(TestDescriptor test, Set<String> methods) {
        return !(test.getSource().orElse(null) instanceof MethodSource) || methods.contains(TestNames.ofMethod(test));
    }

    private synchronized void tell(String verdict, String name, long milliseconds, String reason) {
        if (!told.add(name) && !verdict.equals("failed")) return;
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("name", name);
        line.put("verdict", verdict);
        line.put("milliseconds", milliseconds);
        if (!reason.isEmpty()) line.put("reason", reason);
        try {
            answers.println(JSON.writeValueAsString(line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
        this.plan = plan;
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        if (reason.equals(ELSEWHERE)) return;
        if (isLeaf(test)) tell("skipped", TestNames.of(test, plan), 0, reason.split("\n")[0]);
        else for (TestIdentifier child : plan.getChildren(test)) executionSkipped(child, reason);
    }

    private boolean isLeaf(TestIdentifier test) {
        return test.isTest() || plan.getChildren(test).isEmpty();
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (!test.isTest() && !isClass(test)) return;
        String name = TestNames.of(test, plan);
        Broker.testBegins(name);
        if (!test.isTest()) return;
        Reach.forget();
        began.put(name, System.nanoTime());
        System.err.println("=== " + name);
    }

    private static boolean isClass(TestIdentifier test) {
        return test.getSource().orElse(null) instanceof ClassSource;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
        if (!test.isTest() && !failed) return;
        Thread.interrupted(); // Reach.outside has set it.
        String name = TestNames.of(test, plan);
        Long start = began.remove(name);
        long milliseconds = start == null ? 0 : (System.nanoTime() - start) / 1_000_000;
        String reason = result.getThrowable().map(RunClass::reasonOf).orElse("");
        if (failed && Reach.asked() != null) reason = "asks for the inside of " + Reach.asked() + ": " + reason;
        if (failed) keepTrace(name, result);
        if (!test.isTest()) {
            tellOfAll(test, name, milliseconds, reason);
            return;
        }
        boolean aborted = result.getStatus() == TestExecutionResult.Status.ABORTED;
        tell(failed ? "failed" : aborted ? "skipped" : "passed", name, milliseconds, reason);
        Broker.testEnds(failed);
    }

    /** `@BeforeAll`, `@AfterAll` or the making of invocations failed: tests that have not been told of have not run. */
    private void tellOfAll(TestIdentifier container, String name, long milliseconds, String reason) {
        List<String> below = plan.getDescendants(container).stream().filter(this::isLeaf).map(one -> TestNames.of(one, plan)).toList();
        for (String one : below) if (!isToldOf(one)) tell("failed", one, milliseconds, reason);
        if (below.isEmpty() || isClass(container) && !isToldOf(name)) tell("failed", name, milliseconds, reason);
    }

    /** The test of this name, an invocation of the method, or a test of the class. */
    private synchronized boolean isToldOf(String name) {
        return told.stream().anyMatch(one -> one.equals(name) || one.startsWith(name + "[") || one.startsWith(name + "."));
    }

    private static String reasonOf(Throwable thrown) {
        Throwable root = thrown;
        for (int depth = 0; depth < DEEPEST_CAUSE && root.getCause() != null; depth++) root = root.getCause();
        String words = (root == thrown ? "" : thrown.getClass().getSimpleName() + ": ") + root;
        String line = words.replaceAll("\\s+", " ");
        return line.substring(0, Math.min(LONGEST_REASON, line.length()));
    }

    private static void keepTrace(String name, TestExecutionResult result) {
        StringWriter text = new StringWriter();
        result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(text)));
        String trace = text.toString();
        try {
            Path file = LOGS.resolve(name.replaceAll("[^\\w.\\[\\]=,-]", "_") + ".txt");
            Files.writeString(file, trace.substring(0, Math.min(LONGEST_TRACE, trace.length())));
        } catch (IOException e) {
            e.printStackTrace();
        }
    }
}
