package samsa.integration;

import java.util.List;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Names that stay the same from run to run: `clients.consumer.PlaintextConsumerTest.testHeaders[1:1broker]` is the class
 * without org.apache.kafka, the method, and the invocation by number and words.
 */
final class TestNames {
    private static final int LONGEST = 220;

    private TestNames() {}

    static String of(TestIdentifier test, TestPlan plan) {
        List<UniqueId.Segment> segments = test.getUniqueIdObject().getSegments();
        MethodSource source = methodOf(test, plan);
        String className = "?";
        if (source != null) className = source.getClassName();
        else if (test.getSource().orElse(null) instanceof ClassSource) className = ((ClassSource) test.getSource().get()).getClassName();
        // The class that runs, where it inherits the method.
        for (UniqueId.Segment segment : segments) if (segment.getType().equals("class")) className = segment.getValue();
        String method = source == null ? "" : "." + source.getMethodName();
        String name = (shorten(className) + method + invocation(test, segments)).replaceAll("\\s+", "_");
        return name.length() > LONGEST ? name.substring(0, LONGEST) : name;
    }

    /** The name of a test method before its invocations are known. */
    static String ofMethod(TestDescriptor test) {
        String className = test.getUniqueId().getSegments().stream().filter(segment -> segment.getType().equals("class"))
            .map(UniqueId.Segment::getValue).findFirst().orElse("?");
        return shorten(className) + "." + ((MethodSource) test.getSource().get()).getMethodName();
    }

    private static String shorten(String className) {
        return className.replaceFirst("^org\\.apache\\.kafka\\.", "");
    }

    private static MethodSource methodOf(TestIdentifier test, TestPlan plan) {
        for (TestIdentifier one = test; one != null; one = plan.getParent(one).orElse(null))
            if (one.getSource().orElse(null) instanceof MethodSource) return (MethodSource) one.getSource().get();
        return null;
    }

    private static String invocation(TestIdentifier test, List<UniqueId.Segment> segments) {
        String display = test.getDisplayName();
        UniqueId.Segment last = segments.get(segments.size() - 1);
        if (display.matches("#\\d+:.*")) return inBrackets(display.substring(1));
        if (!last.getType().endsWith("invocation") && !last.getType().equals("dynamic-test")) return "";
        String number = last.getValue().replace("#", "");
        return inBrackets((number + ":" + display.replaceFirst("^\\[\\d+\\] ?", "")).replaceFirst(":$", ""));
    }

    /** Without identities of objects, ports and times, which are others in each run. */
    private static String inBrackets(String words) {
        return "[" + words.replaceAll("@[0-9a-f]{3,}", "").replaceAll("localhost:\\d+", "localhost").replaceAll("\\d{13}", "now") + "]";
    }
}
