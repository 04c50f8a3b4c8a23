import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Creates topics one by one, each when the one before it is there, and prints how many milliseconds it took. */
public final class CreateTopics {
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[1]);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            create(admin, "warm-up");
            long startedAt = System.nanoTime();
            for (int i = 0; i < count; i++) create(admin, "one-by-one-" + i);
            System.out.println((System.nanoTime() - startedAt) / 1_000_000);
        }
    }

    private static void create(Admin admin, String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
}
