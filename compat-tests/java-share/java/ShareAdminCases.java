import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/** Share groups as Admin describes, lists and changes them. */
final class ShareAdminCases {
    static void described(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = session.topic(2, Map.of());
        session.send(topic, "v", 1, Map.of());
        KafkaShareConsumer<String, String> consumer = share.member(topic, Map.of("client.id", "a-worker"));
        ShareSession.take(consumer, 1);
        var described = share.admin.describeShareGroups(List.of(share.group)).all().get().get(share.group);
        Session.equal(described.groupState(), GroupState.STABLE);
        var member = described.members().iterator().next();
        Session.equal(List.of(described.members().size(), member.clientId()), List.of(1, "a-worker"));
        Session.equal(member.assignment().topicPartitions(), Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1)));
        var ofKind = ListGroupsOptions.forShareGroups();
        Session.isTrue(share.admin.listGroups(ofKind).all().get().stream().anyMatch(
            one -> one.groupId().equals(share.group) && one.type().orElseThrow() == GroupType.SHARE), "listed");
        var ofConsumers = ListGroupsOptions.forConsumerGroups();
        Session.isTrue(share.admin.listGroups(ofConsumers).all().get().stream().noneMatch(
            one -> one.groupId().equals(share.group)), "listed among others");
        consumer.close();
        Session.eventually("an empty group", () -> {
            try {
                var now = share.admin.describeShareGroups(List.of(share.group)).all().get().get(share.group);
                return now.groupState() == GroupState.EMPTY;
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
    }

    static void offsets(Session session) throws Exception {
        ShareSession share = new ShareSession(session);
        String topic = session.topic();
        TopicPartition partition = new TopicPartition(topic, 0);
        session.send(topic, "v", 10, Map.of());
        KafkaShareConsumer<String, String> consumer = share.explicit(topic);
        for (var record : ShareSession.take(consumer, 10)) {
            consumer.acknowledge(record, record.offset() < 4 ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
        }
        ShareSession.commit(consumer);
        share.lagBecomes(topic, 6);
        Session.fails(GroupNotEmptyException.class,
            () -> share.admin.alterShareGroupOffsets(share.group, Map.of(partition, 0L)).all().get());
        Session.fails(GroupNotEmptyException.class, () -> share.admin.deleteShareGroups(List.of(share.group)).all().get());
        consumer.close();
        share.admin.alterShareGroupOffsets(share.group, Map.of(partition, 2L)).all().get();
        share.lagBecomes(topic, 8);
        KafkaShareConsumer<String, String> next = share.member(topic);
        Session.equal(ShareSession.take(next, 8).get(0).offset(), 2L);
        next.close();
        share.admin.deleteShareGroupOffsets(share.group, Set.of(topic)).all().get();
        share.lagBecomes(topic, -1);
        share.admin.deleteShareGroups(List.of(share.group)).all().get();
        Session.fails(GroupIdNotFoundException.class,
            () -> share.admin.describeShareGroups(List.of(share.group)).all().get());
        // A group of the same name begins anew.
        Session.equal(ShareSession.take(share.member(topic), 10).get(0).offset(), 0L);
    }

    /** Records that are rejected, or given back too often, go to the topic that the group names (KIP-1191). */
    static void deadLetters(Session session) throws Exception {
        String topic = session.topic();
        String dead = "dlq." + session.unique("dead");
        ShareSession share = new ShareSession(session, Map.of("share.delivery.count.limit", "2"));
        share.admin.createTopics(List.of(new NewTopic(dead, 1, (short) 1)
            .configs(Map.of("errors.deadletterqueue.group.enable", "true")))).all().get();
        share.configure(Map.of("errors.deadletterqueue.topic.name", dead, "errors.deadletterqueue.copy.record.enable", "true"));
        session.send(topic, "v", 3, Map.of());
        KafkaShareConsumer<String, String> consumer = share.explicit(topic);
        for (int round = 0; round < 2; round++) {
            for (var record : ShareSession.take(consumer, 3 - round)) {
                consumer.acknowledge(record, record.offset() == 0 ? AcknowledgeType.REJECT : AcknowledgeType.RELEASE);
            }
            ShareSession.commit(consumer);
        }
        KafkaConsumer<String, String> reader = session.consumer(Map.of());
        reader.assign(List.of(new TopicPartition(dead, 0)));
        var letters = session.poll(reader, 3);
        Session.equal(letters.stream().map(ConsumerRecord::value).sorted().toList(), List.of("v-0", "v-1", "v-2"));
        ShareSession.nothing(consumer);
        share.lagBecomes(topic, 0);
    }

    /** Configurations of groups are in force at once. */
    static void configs(Session session) throws Exception {
        ShareSession share = new ShareSession(session, Map.of("share.record.lock.duration.ms", "40000"));
        String topic = share.topicOf(1);
        KafkaShareConsumer<String, String> consumer = share.explicit(topic);
        var record = ShareSession.take(consumer, 1).get(0);
        Session.equal(consumer.acquisitionLockTimeoutMs().orElseThrow(), 40_000);
        share.configure(Map.of("share.record.lock.duration.ms", "50000"));
        consumer.acknowledge(record, AcknowledgeType.RELEASE);
        ShareSession.commit(consumer);
        Session.equal(ShareSession.deliveries(ShareSession.take(consumer, 1).get(0)), 2);
        Session.equal(consumer.acquisitionLockTimeoutMs().orElseThrow(), 50_000);
    }
}
