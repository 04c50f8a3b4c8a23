import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

final class AdminCases {
    static AdminClient admin(Session session) {
        return session.keep(AdminClient.create(session.properties(Map.of("request.timeout.ms", "10000"))));
    }

    static void topics(Session session) throws Exception {
        AdminClient admin = admin(session);
        String topic = session.unique("topic");
        NewTopic wanted = new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "1000"));
        admin.createTopics(List.of(wanted), new CreateTopicsOptions().validateOnly(true)).all().get();
        Session.isTrue(!admin.listTopics().names().get().contains(topic), "validated, not created");
        admin.createTopics(List.of(wanted)).all().get();
        Session.eventually("the topic", () -> partitions(admin, topic) == 3);
        TopicDescription description = Described.topic(admin, topic);
        Session.equal(description.partitions().get(2).replicas().size(), 1);
        Session.equal(description.isInternal(), false);
        Session.fails(TopicExistsException.class, () -> admin.createTopics(List.of(wanted)).all().get());
        Session.fails(InvalidReplicationFactorException.class,
            () -> admin.createTopics(List.of(new NewTopic(topic + "x", 1, (short) (session.brokers + 1)))).all().get());
        Session.fails(InvalidTopicException.class,
            () -> admin.createTopics(List.of(new NewTopic("a b", 1, (short) 1))).all().get());
        Session.fails(InvalidConfigurationException.class, () -> admin.createTopics(
            List.of(new NewTopic(topic + "y", 1, (short) 1).configs(Map.of("retention.ms", "soon")))).all().get());
        admin.deleteTopics(List.of(topic)).all().get();
        Session.eventually("the topic is gone", () -> partitions(admin, topic) == -1);
        Session.fails(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(topic)).all().get());
        Map<Integer, List<Integer>> assignment = Map.of(0, List.of(node(admin)), 1, List.of(node(admin)));
        admin.createTopics(List.of(new NewTopic(topic + "z", assignment))).all().get();
        Session.eventually("the assigned topic", () -> partitions(admin, topic + "z") == 2);
    }

    /** -1: there is no such topic. */
    static int partitions(AdminClient admin, String topic) {
        try {
            return Described.topic(admin, topic).partitions().size();
        } catch (Exception unknown) {
            return -1;
        }
    }

    /** The broker that leads the first partition. */
    static int leader(AdminClient admin, String topic) throws Exception {
        return Described.topic(admin, topic).partitions().get(0).leader().id();
    }

    static int node(AdminClient admin) throws Exception {
        return admin.describeCluster().nodes().get().iterator().next().id();
    }

    static void describeConfigs(Session session) throws Exception {
        AdminClient admin = admin(session);
        ConfigResource topic =
            new ConfigResource(ConfigResource.Type.TOPIC, session.topic(1, Map.of("retention.ms", "1000")));
        waitFor(admin, topic, "retention.ms", "1000");
        Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
        Session.equal(config.get("retention.ms").isDefault(), false);
        Session.equal(config.get("cleanup.policy").isDefault(), true);
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node(admin)));
        Session.isTrue(admin.describeConfigs(List.of(broker)).all().get().get(broker).get("log.dirs") != null, "log.dirs");
        ConfigResource unknown = new ConfigResource(ConfigResource.Type.TOPIC, session.unique("unknown"));
        Session.fails(UnknownTopicOrPartitionException.class, () -> admin.describeConfigs(List.of(unknown)).all().get());
    }

    static void waitFor(AdminClient admin, ConfigResource resource, String name, String value) {
        Session.eventually(name + "=" + value, () -> {
            try {
                return value.equals(admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value());
            } catch (Exception notYet) {
                return false;
            }
        });
    }

    static void cluster(Session session) throws Exception {
        var cluster = admin(session).describeCluster();
        Session.equal(cluster.nodes().get().size(), session.brokers);
        Session.isTrue(cluster.nodes().get().contains(cluster.controller().get()), "a broker stands for the controller");
        Session.equal(cluster.clusterId().get().length(), 22);
    }

    static void acls(Session session) {
        Session.fails(SecurityDisabledException.class,
            () -> admin(session).describeAcls(AclBindingFilter.ANY).values().get());
    }
}
