import java.lang.reflect.InvocationTargetException;

/** Runs one case by its class and name: CLASS METHOD BOOTSTRAP_SERVERS PREFIX BROKERS. */
public final class ClientCases {
    public static void main(String[] args) throws Throwable {
        try (Session session = new Session(args[2], args[3], Integer.parseInt(args[4]))) {
            Class.forName(args[0]).getDeclaredMethod(args[1], Session.class).invoke(null, session);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
    }
}
