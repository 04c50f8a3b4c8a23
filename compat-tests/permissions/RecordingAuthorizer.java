// Apache Kafka's StandardAuthorizer, which writes down what it is asked: a line for each question of a request whose client
// id is that of a recording, `client id TAB OPERATION RESOURCE name`. On any resource of a type the name is `(any)`.
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

public class RecordingAuthorizer extends StandardAuthorizer {
    private static final String PREFIX = "recorded-";
    /** Apache asks about any resource of a type by asking about one of a name of its own. */
    private final ThreadLocal<Boolean> isAskedOnAny = ThreadLocal.withInitial(() -> false);
    private Path file;

    @Override
    public void configure(Map<String, ?> configs) {
        super.configure(configs);
        file = Path.of(String.valueOf(configs.get("recording.authorizer.file")));
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
        for (Action action : actions) {
            if (!isAskedOnAny.get()) record(context, action.operation(), action.resourcePattern().resourceType(), action.resourcePattern().name());
        }
        return super.authorize(context, actions);
    }

    @Override
    public AuthorizationResult authorizeByResourceType(
        AuthorizableRequestContext context, AclOperation operation, ResourceType resourceType) {
        record(context, operation, resourceType, "(any)");
        isAskedOnAny.set(true);
        try {
            return super.authorizeByResourceType(context, operation, resourceType);
        } finally {
            isAskedOnAny.set(false);
        }
    }

    private void record(AuthorizableRequestContext context, AclOperation operation, ResourceType type, String name) {
        if (context.clientId() == null || !context.clientId().startsWith(PREFIX)) return;
        String line = context.clientId() + "\t" + operation + " " + type + " " + name + "\n";
        // The broker and the controller of one process have an authorizer each.
        synchronized (RecordingAuthorizer.class) {
            try {
                Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }
}
