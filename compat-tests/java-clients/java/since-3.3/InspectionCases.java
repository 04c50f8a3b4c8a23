import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicIdException;

final class InspectionCases {
    static void topicIds(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic(2, Map.of());
        Uuid id = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).topicId();
        TopicCollection byId = TopicCollection.ofTopicIds(List.of(id));
        Session.equal(admin.describeTopics(byId).allTopicIds().get().get(id).name(), topic);
        admin.deleteTopics(byId).all().get();
        Session.fails(UnknownTopicIdException.class, () -> admin.deleteTopics(byId).all().get());
    }

    static void youngest(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        KafkaProducer<String, String> producer = session.producer(Map.of());
        for (long time : List.of(1_000L, 3_000L, 2_000L)) producer.send(new ProducerRecord<>(topic, 0, time, "k", "v")).get();
        var found = OffsetAdminCases.offset(admin, new TopicPartition(topic, 0), OffsetSpec.maxTimestamp());
        Session.equal(List.of(found.offset(), found.timestamp()), List.of(1L, 3_000L));
    }

    static void transactions(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        String topic = session.topic();
        String id = session.unique("id");
        TopicPartition partition = new TopicPartition(topic, 0);
        KafkaProducer<String, String> producer = session.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, "open")).get();
        Session.equal(admin.describeTransactions(List.of(id)).description(id).get().state(), TransactionState.ONGOING);
        Session.isTrue(admin.listTransactions().all().get().stream().anyMatch(one -> one.transactionalId().equals(id)), "listed");
        var active = admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
        Session.equal(active.get(0).currentTransactionStartOffset().getAsLong(), 0L);
        producer.commitTransaction();
        String unknown = session.unique("unknown");
        Session.fails(TransactionalIdNotFoundException.class,
            () -> admin.describeTransactions(List.of(unknown)).description(unknown).get());
    }

    static void quorum(Session session) throws Exception {
        AdminClient admin = AdminCases.admin(session);
        var quorum = admin.describeMetadataQuorum().quorumInfo().get();
        Session.equal(quorum.voters().size(), 1);
        Session.equal(quorum.leaderId(), quorum.voters().get(0).replicaId());
        // The only broker is its own controller; several have theirs beside them, and observe it.
        boolean isBroker = AdminCases.admin(session).describeCluster().nodes().get().stream().anyMatch(node -> node.id() == quorum.leaderId());
        Session.equal(isBroker, session.brokers == 1);
        Session.equal(quorum.observers().size(), session.brokers == 1 ? 0 : session.brokers);
        Session.fails(BrokerIdNotRegisteredException.class, () -> admin.unregisterBroker(99).all().get());
    }
}
