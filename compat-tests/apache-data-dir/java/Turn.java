import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** A turn of groups on one broker: an administrator of their configurations, and questions that are asked until they are true. */
abstract class Turn {
    final Admin admin;
    private final String bootstrap;
    private final int patienceS;

    Turn(String bootstrap, int patienceS) {
        this.bootstrap = bootstrap;
        this.patienceS = patienceS;
        this.admin = Admin.create(properties());
    }

    Properties properties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        return properties;
    }

    void configure(String group, Map<String, String> configs) throws Exception {
        List<AlterConfigOp> operations = new ArrayList<>();
        configs.forEach((key, value) -> operations.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(resource(group), operations)).all().get();
    }

    /** The configuration that the group was given. */
    Map<String, String> configs(String group) throws Exception {
        Map<String, String> configs = new TreeMap<>();
        for (ConfigEntry entry : admin.describeConfigs(List.of(resource(group))).all().get().get(resource(group)).entries()) {
            if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG) configs.put(entry.name(), entry.value());
        }
        return configs;
    }

    private static ConfigResource resource(String group) {
        return new ConfigResource(ConfigResource.Type.GROUP, group);
    }

    interface Question {
        boolean ask() throws Exception;
    }

    /** `what` is printed as it is when time is up. */
    void until(Object what, Question question) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceS);
        try {
            while (!question.ask()) {
                if (System.nanoTime() > deadline) throw new AssertionError("waited in vain for " + what);
            }
        } catch (Exception failure) {
            throw new AssertionError("while it waited for " + what, failure);
        }
    }

    static void equal(String what, Object actual, Object expected) {
        if (!actual.equals(expected)) throw new AssertionError(what + ": expected " + expected + " but found " + actual);
    }
}
