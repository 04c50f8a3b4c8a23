package samsa.integration;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One node in a process of its own, samsa or Apache Kafka, from a new directory to its removal. */
public final class Broker {
    /** A file with the words of the command that starts a broker, one a line; the properties file becomes its last word. */
    private static final Path COMMAND = Path.of(System.getProperty("samsa.broker.command"));
    /** The same for a controller that is no broker. */
    private static final Path CONTROLLER_COMMAND = Path.of(System.getProperty("samsa.controller.command"));
    private static final Path WORK = Path.of(System.getProperty("samsa.work"));
    private static final Path LOGS = Path.of(System.getProperty("samsa.logs"));
    private static final int LONGEST_START_S = 120;
    private static final int LONGEST_STOP_S = 30;
    private static final int EVERY_MS = 40;
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
    /** Logs of the brokers of the running test. */
    private static final List<Path> LOGS_OF_TEST = new ArrayList<>();
    private static volatile String test = "none";

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final BrokerSettings settings;
    private final Path directory;
    private Process process;
    private Path log;
    private int starts;

    Broker(BrokerSettings.Wanted wanted, BrokerSettings.Seat seat) {
        try {
            Files.createDirectories(WORK);
            directory = Files.createTempDirectory(WORK, "broker-");
            settings = new BrokerSettings(wanted, seat, directory);
            settings.writeTo(propertiesFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Brokers that start from now on belong to this test. */
    static void testBegins(String name) {
        test = name;
    }

    /** Keeps the logs of brokers whose test has failed. */
    static synchronized void testEnds(boolean failed) {
        if (!failed) for (Path path : LOGS_OF_TEST) path.toFile().delete();
        LOGS_OF_TEST.clear();
    }

    private static synchronized void addLog(Path path) {
        LOGS_OF_TEST.add(path);
    }

    public synchronized void start() {
        if (isRunning()) return;
        launch();
        adopt();
        awaitListening(deadline());
    }

    static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_S);
    }

    /** Starts the process without waiting for it. */
    void launch() {
        log = LOGS.resolve("spare." + directory.getFileName() + ".log");
        try {
            List<String> words = new ArrayList<>(Files.readAllLines(settings.seat.isBroker() ? COMMAND : CONTROLLER_COMMAND));
            words.add(propertiesFile().toString());
            ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).directory(directory.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("KAFKA_"));
            builder.environment().put("FORMAT_ARGUMENTS", String.join(" ", settings.wanted.format()));
            if (settings.seat.clusterId() != null) builder.environment().put("CLUSTER_ID", settings.seat.clusterId());
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RUNNING.add(process);
    }

    /** The running test takes a process that was launched, and its log. */
    void adopt() {
        String name = test.replaceAll("[^\\w.\\[\\]=,-]", "_") + "." + directory.getFileName() + "." + ++starts;
        Path named = LOGS.resolve(name + ".log");
        if (log.toFile().renameTo(named.toFile())) log = named;
        addLog(log);
    }

    void awaitListening(long end) {
        while (!isListening()) giveUp(end, null);
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("localhost", settings.seat.isBroker() ? port() : controllerPort()), 500);
            return true;
        } catch (IOException e) {
            Poll.sleep(EVERY_MS);
            return false;
        }
    }

    /** Throws when the process has ended, or the time is over. */
    void giveUp(long end, Exception cause) {
        if (!process.isAlive()) throw new IllegalStateException("the broker ended with " + process.exitValue() + ": " + tail());
        if (System.nanoTime() < end) return;
        kill();
        throw new IllegalStateException("the broker was not ready after " + LONGEST_START_S + " s: " + tail(), cause);
    }

    private String tail() {
        try {
            String text = Files.readString(log);
            return text.substring(Math.max(0, text.length() - 600));
        } catch (IOException e) {
            return "it left no log";
        }
    }

    /** Ends the process and waits for it; the data stays. */
    public synchronized void shutdown() {
        if (process == null) return;
        process.destroy();
        awaitEnd();
    }

    /** Ends the process and removes its data. */
    public synchronized void close() {
        kill();
        settings.freePorts();
        try (Stream<Path> paths = Files.walk(directory)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // The rest goes with the work directory.
        }
    }

    private void kill() {
        if (process == null) return;
        process.destroyForcibly();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(LONGEST_STOP_S, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        RUNNING.remove(process);
        process = null;
    }

    void removeLog() {
        log.toFile().delete();
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    private Path propertiesFile() {
        return directory.resolve("server.properties");
    }

    int id() {
        return settings.seat.id();
    }

    int port() {
        return settings.port();
    }

    int port(String listener) {
        return settings.port(listener);
    }

    int controllerPort() {
        return settings.controllerPort();
    }

    public String bootstrapServers() {
        return "localhost:" + port();
    }

    public String bootstrapControllers() {
        return "localhost:" + controllerPort();
    }

    Map<String, String> properties() {
        return settings.properties;
    }

    List<File> logDirs() {
        return settings.logDirs().stream().map(File::new).toList();
    }

    File directory() {
        return directory.toFile();
    }
}
