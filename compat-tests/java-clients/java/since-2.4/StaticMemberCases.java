import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.FencedInstanceIdException;

final class StaticMemberCases {
    /** Who comes back under its name has its partitions again; who is replaced under it is told so. */
    static void fencing(Session session) throws Exception {
        String topic = session.topic(2, Map.of());
        Map<String, String> config = Map.of("group.id", session.unique("group"), "group.instance.id", "instance",
            "heartbeat.interval.ms", "200");
        KafkaConsumer<String, String> first = session.consumer(config);
        first.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(first), 2);
        first.close();
        KafkaConsumer<String, String> second = session.consumer(config);
        second.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(second), 2);
        KafkaConsumer<String, String> usurper = session.consumer(config);
        usurper.subscribe(List.of(topic));
        Poll.of(usurper, 2_000);
        Session.fails(FencedInstanceIdException.class, () -> {
            for (int i = 0; i < 100; i++) Poll.of(second, 100);
            return null;
        });
    }

    static void removal(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        String group = session.unique("group");
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group, "group.instance.id", "one"));
        consumer.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(consumer), 1);
        var members = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one")));
        admin.removeMembersFromConsumerGroup(group, members).all().get();
        Session.isTrue(admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().isEmpty(), "removed");
    }
}
