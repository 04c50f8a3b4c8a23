import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** What the client lost with 4.0. */
final class LegacyAdminCases {
    /** Sets all configs of a topic at once: what is not named goes back to its default. */
    static void alterConfigs(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic(1, Map.of("retention.ms", "1000"));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config wanted = new Config(List.of(new ConfigEntry("retention.bytes", "5000")));
        admin.alterConfigs(Map.of(resource, wanted)).all().get();
        AdminCases.waitFor(admin, resource, "retention.bytes", "5000");
        AdminCases.waitFor(admin, resource, "retention.ms", "604800000");
    }
}
