// What Apache Kafka's assignor of tasks makes of random streams groups: subtopologies, members and their processes, and the
// tasks that each has and has state of. Kafka's own answer hangs on the order of its hash tables where several are as good;
// so each group is given to it many times, with other names for its members and processes, and all answers are kept.
//   java -cp (the libraries of Apache Kafka 4.4.0) TaskAssignments OUT.json SEED COUNT
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import org.apache.kafka.coordinator.group.api.streams.assignor.*;
import org.apache.kafka.coordinator.group.streams.assignor.*;

public final class TaskAssignments {
    static final int NAMES = 40;
    static final int MOST_ANSWERS = 12;
    static Random r;

    /** Partitions by subtopology. */
    static final class Tasks extends TreeMap<String, TreeSet<Integer>> {
        void give(String subtopology, int partition) {
            computeIfAbsent(subtopology, any -> new TreeSet<>()).add(partition);
        }

        Map<String, Set<Integer>> sets() {
            return new HashMap<>(this);
        }
    }

    static final class Member {
        public int process;
        public Tasks active = new Tasks();
        public Tasks standby = new Tasks();
        public Map<String, Map<Integer, Long>> offsets = new TreeMap<>();
    }

    record Subtopology(String subtopologyId, int taskCount, boolean isStateful) {}

    public static void main(String[] a) throws Exception {
        r = new Random(Long.parseLong(a[1]));
        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = new ArrayList<>();
        int unique = 0, settled = 0;
        while (lines.size() < Integer.parseInt(a[2])) {
            List<Subtopology> subtopologies = subtopologies();
            int replicas = r.nextInt(3);
            List<Member> members = members(subtopologies, replicas);
            Set<List<Map<String, Tasks>>> answers = new LinkedHashSet<>();
            for (int i = 0; i < NAMES; i++) answers.add(assign(subtopologies, members, replicas, r));
            if (answers.size() == 1) unique++;
            if (answers.stream().allMatch(answer -> isSettled(subtopologies, members, replicas, answer))) settled++;
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("subtopologies", subtopologies.stream().map(s -> List.of(s.subtopologyId(), s.taskCount(), s.isStateful())).toList());
            one.put("standbyReplicas", replicas);
            one.put("members", members);
            one.put("isOnlyAnswer", answers.size() == 1);
            one.put("answers", answers.stream().limit(MOST_ANSWERS).toList());
            lines.add(mapper.writeValueAsString(one));
        }
        Files.writeString(Path.of(a[0]), "[\n" + String.join(",\n", lines) + "\n]\n");
        System.out.println(unique + " with one answer, " + settled + " whose answers stay as they are when they are assigned again");
    }

    static List<Subtopology> subtopologies() {
        List<Subtopology> all = new ArrayList<>();
        int count = 1 + r.nextInt(3);
        for (int i = 0; i < count; i++) all.add(new Subtopology("" + i, 1 + r.nextInt(6), r.nextInt(3) > 0));
        return all;
    }

    /** Members with nothing, with anything, or with the tasks of an assignment for another number of members. */
    static List<Member> members(List<Subtopology> subtopologies, int replicas) {
        List<Member> members = new ArrayList<>();
        int count = 1 + r.nextInt(5), processes = 1 + r.nextInt(4), kind = r.nextInt(4);
        for (int i = 0; i < count; i++) {
            Member member = new Member();
            member.process = r.nextInt(processes);
            members.add(member);
        }
        if (kind == 1) {
            for (Subtopology s : subtopologies) {
                for (int p = 0; p < s.taskCount(); p++) {
                    if (r.nextInt(3) > 0) members.get(r.nextInt(count)).active.give(s.subtopologyId(), p);
                    Member keeper = members.get(r.nextInt(count));
                    boolean has = keeper.active.getOrDefault(s.subtopologyId(), new TreeSet<>()).contains(p);
                    if (s.isStateful() && !has && r.nextInt(2) == 0) keeper.standby.give(s.subtopologyId(), p);
                }
            }
        } else if (kind > 1) {
            List<Member> before = new ArrayList<>(members.subList(0, 1 + r.nextInt(count)));
            for (int gone = r.nextInt(3); gone > 0; gone--) {
                Member member = new Member();
                member.process = r.nextInt(processes + 1);
                before.add(member);
            }
            List<Map<String, Tasks>> had = assign(subtopologies, before, replicas, r);
            for (int i = 0; i < before.size(); i++) {
                before.get(i).active = had.get(i).get("active");
                before.get(i).standby = had.get(i).get("standby");
            }
        }
        if (r.nextInt(2) == 0) offsets(subtopologies, members);
        return members;
    }

    static void offsets(List<Subtopology> subtopologies, List<Member> members) {
        for (Member member : members) {
            for (Subtopology s : subtopologies) {
                for (int p = 0; s.isStateful() && p < s.taskCount(); p++) {
                    if (r.nextInt(4) == 0) member.offsets.computeIfAbsent(s.subtopologyId(), any -> new TreeMap<>()).put(p, (long) r.nextInt(1000));
                }
            }
        }
    }

    /** By member, in their order. */
    static List<Map<String, Tasks>> assign(List<Subtopology> subtopologies, List<Member> members, int replicas, Random names) {
        Map<String, MemberMetadataAndStateImpl> spec = new HashMap<>();
        List<String> ids = new ArrayList<>();
        Map<Integer, String> processes = new HashMap<>();
        for (Member member : members) {
            String id = "m" + names.nextInt(1 << 30), process = processes.computeIfAbsent(member.process, any -> "p" + names.nextInt(1 << 30));
            ids.add(id);
            spec.put(id, new MemberMetadataAndStateImpl(Optional.empty(), Optional.empty(), process, Map.of(),
                member.active.sets(), member.standby.sets(), Map.of(), member.offsets, Map.of()));
        }
        TopologyDescriber topology = new TopologyDescriber() {
            public List<String> subtopologies() { return subtopologies.stream().map(Subtopology::subtopologyId).toList(); }
            public int maxNumInputPartitions(String id) { return subtopologies.get(Integer.parseInt(id)).taskCount(); }
            public boolean isStateful(String id) { return subtopologies.get(Integer.parseInt(id)).isStateful(); }
        };
        AssignmentConfigs configs = AssignmentConfigsImpl.DEFAULT.withNumStandbyReplicas(replicas);
        GroupAssignment answer = new StickyTaskAssignor().assign(new GroupSpecImpl(spec, configs), topology);
        return ids.stream().map(id -> Map.of("active", tasks(answer.members().get(id).activeTasks()), "standby", tasks(answer.members().get(id).standbyTasks())))
            .map(one -> (Map<String, Tasks>) new TreeMap<>(one)).toList();
    }

    static Tasks tasks(Map<String, Set<Integer>> from) {
        Tasks tasks = new Tasks();
        from.forEach((subtopology, partitions) -> partitions.forEach(partition -> tasks.give(subtopology, partition)));
        return tasks;
    }

    static boolean isSettled(List<Subtopology> subtopologies, List<Member> members, int replicas, List<Map<String, Tasks>> answer) {
        List<Member> next = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            Member member = new Member();
            member.process = members.get(i).process;
            member.active = answer.get(i).get("active");
            member.standby = answer.get(i).get("standby");
            next.add(member);
        }
        for (int i = 0; i < 4; i++) if (!assign(subtopologies, next, replicas, r).equals(answer)) return false;
        return true;
    }
}
