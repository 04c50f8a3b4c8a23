import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.internals.Exit;

/**
 * Runs main methods one after another in this JVM, because starting a JVM for each of Apache's tools costs more than the
 * tool does. One line of JSON a request: {"class": …, "args": […], "input": …}; one line an answer: exitCode, stdout, stderr.
 */
public final class JavaServer {
    /** What a tool throws, by our exit procedure, where it would have ended the process. */
    private static final class ToolExit extends Error {
        ToolExit(int code) {
            super("exit " + code, null, false, false);
        }
    }

    /** One tool's run: what it prints, how it ends, and the shutdown hooks that a process of its own would run then. */
    private static final class Run {
        final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
        final List<Thread> hooks = new ArrayList<>();
        Integer exitCode;
        byte[] printed;
        byte[] complained;

        /** The first end counts: a tool that catches our ToolExit goes on, prints and exits once more. */
        synchronized void end(int code) {
            if (exitCode != null) return;
            exitCode = code;
            printed = stdout.toByteArray();
            complained = stderr.toByteArray();
        }

        void runHooks() throws InterruptedException {
            stdout.reset();
            stderr.reset();
            for (Thread hook : hooks) hook.start();
            for (Thread hook : hooks) hook.join(10_000);
        }

        String text(byte[] untilExit, ByteArrayOutputStream ofHooks) {
            return new String(untilExit, StandardCharsets.UTF_8) + ofHooks.toString(StandardCharsets.UTF_8);
        }
    }

    private static volatile Run current = new Run();

    public static void main(String[] ignored) throws Exception {
        Exit.setExitProcedure((code, message) -> {
            if (message != null) System.err.println(message);
            current.end(code);
            throw new ToolExit(code);
        });
        Exit.setHaltProcedure((code, message) -> {
            current.end(code);
            throw new ToolExit(code);
        });
        Exit.setShutdownHookAdder((name, hook) -> current.hooks.add(new Thread(hook, name)));
        PrintStream answers = System.out;
        InputStream requests = System.in;
        ObjectMapper json = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(requests, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(json.writeValueAsString(run(json.readTree(line), json)));
            answers.flush();
        }
        System.exit(0);
    }

    private static ObjectNode run(JsonNode request, ObjectMapper json) throws InterruptedException {
        Run run = new Run();
        current = run;
        System.setOut(new PrintStream(run.stdout, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(run.stderr, true, StandardCharsets.UTF_8));
        System.setIn(new ByteArrayInputStream(request.path("input").asText("").getBytes(StandardCharsets.UTF_8)));
        List<String> args = new ArrayList<>();
        request.path("args").forEach(arg -> args.add(arg.asText()));
        run.end(runMain(request.path("class").asText(), args.toArray(new String[0])));
        run.runHooks();
        ObjectNode answer = json.createObjectNode();
        answer.put("exitCode", run.exitCode);
        answer.put("stdout", run.text(run.printed, run.stdout));
        answer.put("stderr", run.text(run.complained, run.stderr));
        return answer;
    }

    private static int runMain(String className, String[] args) {
        try {
            Class.forName(className).getMethod("main", String[].class).invoke(null, (Object) args);
            return 0;
        } catch (InvocationTargetException invocation) {
            return fail(invocation.getCause());
        } catch (ReflectiveOperationException impossible) {
            return fail(impossible);
        }
    }

    private static int fail(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        System.err.println(text);
        return 1;
    }
}
