// What Apache Kafka's StandardAuthorizer says to clients about random ACLs, and which rule it gives for it. Writes one case
// a line: ACLs as (type, name, pattern, principal, host, operation, permission), questions as (principal, address,
// operation, type, name, allowed) and, with null for the name, questions about any resource of the type.
//   java -cp (the libraries of Apache Kafka 4.4.0) Authorizations.java OUT.json SEED COUNT
// cases.json is seed 1 with 120 cases.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.security.auth.*;
import org.apache.kafka.metadata.authorizer.*;
import org.apache.kafka.server.authorizer.*;

public final class Authorizations {
    static final String[] NAMES = {"a", "ab", "abc", "abd", "b", "ba", "*", "é", "abcabc", "hardcode"};
    static final String[] PREFIXES = {"a", "ab", "abc", "b", "*", "abca", "h"};
    static final String[] PRINCIPALS = {"User:alice", "User:bob", "User:*", "Group:alice", "User:CN=x:y,O=z"};
    static final String[] CLIENTS = {"User:alice", "User:bob", "User:ANONYMOUS", "User:super", "User:CN=x:y,O=z"};
    static final String[] HOSTS = {"*", "*", "*", "10.1.2.3", "10.1.0.0/16", "10.1.2.3/8", "0:0:0:0:0:0:0:1", "::1",
        "fd00::/8", "192.168.1.7/32", "0.0.0.0/0", "10.1.2.0/33"};
    static final String[] ADDRESSES = {"10.1.2.3", "10.2.0.1", "::1", "fd12::5", "192.168.1.7", "10.1.255.255"};
    static final ResourceType[] TYPES = {ResourceType.TOPIC, ResourceType.GROUP, ResourceType.CLUSTER,
        ResourceType.TRANSACTIONAL_ID};
    static final AclOperation[] OPERATIONS = Arrays.stream(AclOperation.values())
        .filter(op -> op.code() >= AclOperation.ALL.code()).toArray(AclOperation[]::new);
    static Random r;

    static <T> T one(T[] of) { return of[r.nextInt(of.length)]; }

    static KafkaPrincipal principal(String text) {
        int colon = text.indexOf(':');
        return new KafkaPrincipal(text.substring(0, colon), text.substring(colon + 1));
    }

    public static void main(String[] a) throws Exception {
        r = new Random(Long.parseLong(a[1]));
        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = new ArrayList<>();
        while (lines.size() < Integer.parseInt(a[2])) lines.add(mapper.writeValueAsString(makeCase()));
        Files.writeString(Path.of(a[0]), "[\n" + String.join(",\n", lines) + "\n]\n");
    }

    static Map<String, Object> makeCase() throws Exception {
        boolean open = r.nextInt(3) == 0;
        StandardAuthorizer authorizer = new StandardAuthorizer();
        authorizer.configure(Map.of("super.users", "User:super",
            "allow.everyone.if.no.acl.found", String.valueOf(open)));
        authorizer.withPluginMetrics(new PluginMetricsImpl(new Metrics(), new LinkedHashMap<>()));
        authorizer.completeInitialLoad();
        AclOperation[] operations = new AclOperation[3];
        for (int i = 0; i < operations.length; i++) operations[i] = one(OPERATIONS);
        List<Object> acls = new ArrayList<>();
        int count = r.nextInt(12);
        for (int i = 0; i < count; i++) {
            boolean prefixed = r.nextInt(3) == 0;
            StandardAcl acl = new StandardAcl(one(TYPES), prefixed ? one(PREFIXES) : one(NAMES),
                prefixed ? PatternType.PREFIXED : PatternType.LITERAL, one(PRINCIPALS), one(HOSTS),
                r.nextInt(4) == 0 ? AclOperation.ALL : r.nextBoolean() ? one(operations) : one(OPERATIONS),
                r.nextInt(3) == 0 ? AclPermissionType.DENY : AclPermissionType.ALLOW);
            authorizer.addAcl(Uuid.randomUuid(), acl);
            acls.add(List.of(acl.resourceType().code(), acl.resourceName(), acl.patternType().code(), acl.principal(),
                acl.host(), acl.operation().code(), acl.permissionType().code()));
        }
        List<Object> questions = new ArrayList<>();
        for (int i = 0; i < 25; i++) questions.add(ask(authorizer, operations));
        return Map.of("open", open, "acls", acls, "questions", questions);
    }

    static List<Object> ask(StandardAuthorizer authorizer, AclOperation[] operations) throws Exception {
        String client = one(CLIENTS);
        String address = one(ADDRESSES);
        AclOperation op = r.nextBoolean() ? one(operations) : one(OPERATIONS);
        while (op == AclOperation.ALL) op = one(OPERATIONS);
        ResourceType type = one(TYPES);
        boolean any = r.nextInt(4) == 0;
        String name = any ? null : one(NAMES);
        AuthorizableRequestContext context = new Client(principal(client), InetAddress.getByName(address));
        AuthorizationResult result = any
            ? authorizer.authorizeByResourceType(context, op, type)
            : authorizer.authorize(context, List.of(new Action(op,
                new ResourcePattern(type, name, PatternType.LITERAL), 1, false, false))).get(0);
        return Arrays.asList(client, address, op.name(), type.name(), name, result == AuthorizationResult.ALLOWED);
    }

    record Client(KafkaPrincipal principal, InetAddress clientAddress) implements AuthorizableRequestContext {
        public String listenerName() { return "PLAINTEXT"; }
        public SecurityProtocol securityProtocol() { return SecurityProtocol.PLAINTEXT; }
        public int requestType() { return 1; }
        public int requestVersion() { return 1; }
        public String clientId() { return ""; }
        public int correlationId() { return 1; }
    }
}
