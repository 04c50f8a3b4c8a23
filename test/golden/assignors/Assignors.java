// What Apache Kafka's server-side assignors make of random groups: members, the topics that each is subscribed to, and
// what each had before. Writes one case a line. Orders that Java leaves open are fixed by linked maps and sets.
//   java -cp (the libraries of Apache Kafka 4.4.0) Assignors OUT.json SEED COUNT
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.*;
import org.apache.kafka.coordinator.group.assignor.*;
import org.apache.kafka.coordinator.group.modern.*;

public final class Assignors {
    static Random r;

    public static void main(String[] a) throws Exception {
        r = new Random(Long.parseLong(a[1]));
        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = new ArrayList<>();
        while (lines.size() < Integer.parseInt(a[2])) lines.add(mapper.writeValueAsString(makeCase()));
        Files.writeString(Path.of(a[0]), "[\n" + String.join(",\n", lines) + "\n]\n");
    }

    static Map<String, Object> makeCase() {
        Map<Uuid, Integer> topics = new LinkedHashMap<>();
        int topicCount = 1 + r.nextInt(5);
        for (int i = 0; i < topicCount; i++) topics.put(new Uuid(r.nextLong(), r.nextLong()), 1 + r.nextInt(9));
        boolean homogeneous = r.nextBoolean();
        Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
        Map<String, MemberSubscriptionAndAssignmentImpl> members = new LinkedHashMap<>();
        List<Map<String, Object>> described = new ArrayList<>();
        int memberCount = 1 + r.nextInt(6);
        for (int i = 0; i < memberCount; i++) {
            String memberId = "m" + r.nextInt(1000) + "-" + i, instanceId = r.nextInt(4) == 0 ? "i" + r.nextInt(100) + "-" + i : null;
            Set<Uuid> subscribed = new LinkedHashSet<>();
            for (Uuid id : topics.keySet()) if (homogeneous || r.nextInt(3) > 0) subscribed.add(id);
            Map<Uuid, Set<Integer>> target = new LinkedHashMap<>();
            for (Uuid id : topics.keySet())
                for (int p = 0; p < topics.get(id); p++)
                    if (r.nextInt(2 * memberCount) == 0 && inverted.computeIfAbsent(id, x -> new HashMap<>()).putIfAbsent(p, memberId) == null)
                        target.computeIfAbsent(id, x -> new TreeSet<>()).add(p);
            members.put(memberId, new MemberSubscriptionAndAssignmentImpl(Optional.empty(), Optional.ofNullable(instanceId), subscribed, new Assignment(target)));
            Map<String, Object> member = new LinkedHashMap<>();
            member.put("memberId", memberId); member.put("instanceId", instanceId);
            member.put("topics", subscribed.stream().map(Uuid::toString).toList()); member.put("target", text(target));
            described.add(member);
        }
        GroupSpec spec = new GroupSpecImpl(members, homogeneous ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS, inverted, Optional.empty());
        SubscribedTopicDescriber describer = new SubscribedTopicDescriber() {
            public int numPartitions(Uuid id) { return topics.getOrDefault(id, -1); }
            public Set<String> racksForPartition(Uuid id, int p) { return Set.of(); }
            public Set<Integer> assignablePartitions(Uuid id) { return Set.of(); }
        };
        Map<String, Object> one = new LinkedHashMap<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        topics.forEach((id, n) -> counts.put(id.toString(), n));
        one.put("topics", counts); one.put("homogeneous", homogeneous); one.put("members", described);
        one.put("range", result(new RangeAssignor().assign(spec, describer)));
        one.put("uniform", result(new UniformAssignor().assign(spec, describer)));
        return one;
    }

    static Map<String, Object> result(GroupAssignment assignment) {
        Map<String, Object> out = new TreeMap<>();
        assignment.members().forEach((id, member) -> out.put(id, text(member.partitions())));
        return out;
    }

    static Map<String, List<Integer>> text(Map<Uuid, Set<Integer>> partitions) {
        Map<String, List<Integer>> out = new TreeMap<>();
        partitions.forEach((id, set) -> out.put(id.toString(), set.stream().sorted().toList()));
        return out;
    }
}
