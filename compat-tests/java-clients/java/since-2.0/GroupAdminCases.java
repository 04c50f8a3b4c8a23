import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

final class GroupAdminCases {
    static void groups(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        session.send(topic, "g", 10, Map.of());
        String group = session.unique("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaConsumer<String, String> consumer = session.consumer(Map.of("group.id", group));
        consumer.subscribe(List.of(topic));
        session.poll(consumer, 10);
        consumer.commitSync();
        var members = admin.describeConsumerGroups(List.of(group)).all().get().get(group).members();
        Session.equal(members.iterator().next().assignment().topicPartitions(), Set.of(partition));
        Session.isTrue(admin.listConsumerGroups().all().get().stream().anyMatch(one -> one.groupId().equals(group)), "listed");
        Session.equal(
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), 10L);
        Session.fails(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        consumer.close();
        admin.deleteConsumerGroups(List.of(group)).all().get();
        Session.fails(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
    }
}
