package samsa.integration;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;

/** For tests that ask for several brokers: topics whose replicas would be on these get one replica, on the one broker there is. */
final class OneNodeAdmin {
    private static final List<Integer> THE_BROKER = List.of(0);

    private OneNodeAdmin() {}

    /** @param brokers as many as the test asked for; replicas that it could not have had are left to be refused */
    static Admin of(Admin admin, int brokers) {
        return (Admin) Proxy.newProxyInstance(OneNodeAdmin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
            Object[] passed = arguments == null ? null : arguments.clone();
            if (passed != null && method.getName().equals("createTopics")) passed[0] = topics((Collection<?>) passed[0], brokers);
            if (passed != null && method.getName().equals("createPartitions")) passed[0] = partitions((Map<?, ?>) passed[0], brokers);
            try {
                return method.invoke(admin, passed);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private static List<NewTopic> topics(Collection<?> wanted, int brokers) {
        List<NewTopic> topics = new ArrayList<>();
        for (Object one : wanted) topics.add(topic((NewTopic) one, brokers));
        return topics;
    }

    private static NewTopic topic(NewTopic wanted, int brokers) {
        NewTopic topic = wanted;
        if (wanted.replicasAssignments() != null) {
            Map<Integer, List<Integer>> assignments = new TreeMap<>();
            for (Integer partition : wanted.replicasAssignments().keySet()) assignments.put(partition, THE_BROKER);
            boolean possible = wanted.replicasAssignments().values().stream().allMatch(replicas -> isPossible(replicas, brokers));
            if (possible) topic = new NewTopic(wanted.name(), assignments);
        } else if (wanted.replicationFactor() > 1 && wanted.replicationFactor() <= brokers) {
            topic = new NewTopic(wanted.name(), wanted.numPartitions(), (short) 1);
        }
        return topic == wanted || wanted.configs() == null ? topic : topic.configs(wanted.configs());
    }

    private static Map<String, NewPartitions> partitions(Map<?, ?> wanted, int brokers) {
        Map<String, NewPartitions> partitions = new TreeMap<>();
        wanted.forEach((topic, one) -> partitions.put((String) topic, partitions((NewPartitions) one, brokers)));
        return partitions;
    }

    private static NewPartitions partitions(NewPartitions wanted, int brokers) {
        if (wanted.assignments() == null || !wanted.assignments().stream().allMatch(replicas -> isPossible(replicas, brokers))) return wanted;
        return NewPartitions.increaseTo(wanted.totalCount(), wanted.assignments().stream().map(replicas -> THE_BROKER).toList());
    }

    /** All of them brokers that the test asked for, none of them twice. */
    private static boolean isPossible(List<Integer> replicas, int brokers) {
        return !replicas.isEmpty() && replicas.stream().distinct().count() == replicas.size() && replicas.stream().allMatch(id -> id >= 0 && id < brokers);
    }
}
