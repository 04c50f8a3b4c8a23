import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What only the newest client asks for. */
final class LatestCases {
    static void createdTopics(Session session) throws Exception {
        Admin admin = AdminCases.admin(session);
        String topic = session.unique("topic");
        NewTopic wanted = new NewTopic(topic, Optional.of(3), Optional.empty()).configs(Map.of("retention.ms", "1000"));
        CreateTopicsResult created = admin.createTopics(List.of(wanted));
        Session.equal(created.numPartitions(topic).get(), 3);
        Session.equal(created.replicationFactor(topic).get(), session.brokers);
        Session.equal(created.config(topic).get().get("retention.ms").value(), "1000");
    }

    static void groups(Session session) throws Exception {
        Admin admin = AdminCases.admin(session);
        String topic = session.topic();
        String group = session.unique("group");
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group));
        consumer.subscribe(List.of(topic));
        ConsumerCases.settle(List.of(consumer), 1);
        Session.equal(
            admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState().toString(), "Stable");
        Session.equal(
            admin.describeClassicGroups(List.of(group)).all().get().get(group).state().toString(), "Stable");
        Session.isTrue(admin.listGroups().all().get().stream().anyMatch(
            one -> one.groupId().equals(group) && one.type().orElseThrow().toString().equals("Classic")), "listed");
    }

    static void offsets(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        session.send(topic, "o", 10, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        Session.equal(OffsetAdminCases.offset(admin, partition, OffsetSpec.earliestLocal()).offset(), 0L);
        KafkaConsumer<String, String> consumer = ProducerCases.assigned(session, topic);
        session.poll(consumer, 10);
        Session.equal(consumer.currentLag(partition).orElse(-1), 0L);
    }

    static void configResources(Session session) throws Exception {
        Admin admin = AdminCases.admin(session);
        String topic = session.topic();
        var topics = admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC), new org.apache.kafka.clients.admin.ListConfigResourcesOptions());
        Session.isTrue(topics.all().get().contains(new ConfigResource(ConfigResource.Type.TOPIC, topic)), "listed");
        Session.isTrue(admin.listConfigResources().all().get().size() >= 3, "all types");
    }
}
