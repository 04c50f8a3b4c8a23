// The answer of each release of Apache Kafka to ApiVersions, found in the classes of its own jars: the APIs with their
// versions, and the features. `scripts/releases.ts` fetches the jars and keeps what this prints.
//   java Releases.java JARS/0.10=0.10.2.2 … (a folder of jars a release, named by the release)
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

public final class Releases {
    public static void main(String[] folders) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String folder : folders) {
            String[] named = folder.split("=");
            lines.add(release(Path.of(named[0]), named[1]));
        }
        System.out.print("{\n" + String.join(",\n", lines) + "\n}\n");
    }

    static String release(Path folder, String version) throws Exception {
        List<URL> jars = new ArrayList<>();
        try (var files = Files.list(folder)) {
            for (Path jar : files.toList()) jars.add(jar.toUri().toURL());
        }
        try (URLClassLoader loader = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Map<String, String> supported = supportedFeatures(loader);
            String apis = apis(loader, supported.isEmpty() ? "ZK_BROKER" : "BROKER");
            return "  \"kafka-" + folder.getFileName() + "\": {\"version\": \"" + version + "\", \"apis\": {" + apis
                + "}, \"features\": {" + joined(supported) + "}, \"finalized\": {" + joined(finalizedFeatures(loader, supported)) + "}}";
        }
    }

    static String joined(Map<String, String> values) {
        return String.join(", ", values.entrySet().stream().map(e -> "\"" + e.getKey() + "\": " + e.getValue()).toList());
    }

    /** From 2.8 on each API says for which listeners it is; before, a few are not enabled. */
    static String apis(ClassLoader loader, String listenerName) throws Exception {
        Class<?> keys = loader.loadClass("org.apache.kafka.common.protocol.ApiKeys");
        List<?> all = Arrays.asList(keys.getEnumConstants());
        Method enabled = method(keys, "enabledApis");
        if (enabled != null) all = new ArrayList<>((java.util.Collection<?>) enabled.invoke(null));
        Object listener = listenerName.equals("BROKER") ? constant(loader, "BROKER") : constant(loader, "ZK_BROKER");
        Method inScope = listener == null ? null : method(keys, "inScope", listener.getClass());
        Map<Integer, String> ranges = new TreeMap<>();
        for (Object key : all) {
            if (inScope != null && !(boolean) inScope.invoke(key, listener)) continue;
            String range = range(loader, keys, key, listener);
            if (range != null) ranges.put((int) (short) (Short) field(keys, "id").get(key), range);
        }
        return String.join(", ", ranges.entrySet().stream().map(e -> "\"" + e.getKey() + "\": " + e.getValue()).toList());
    }

    static Object constant(ClassLoader loader, String name) {
        try {
            Class<?> type = loader.loadClass("org.apache.kafka.common.message.ApiMessageType$ListenerType");
            for (Object each : type.getEnumConstants()) if (((Enum<?>) each).name().equals(name)) return each;
            return null;
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    /** The first and the last version that are answered, and the first one that ApiVersions claims where it is another. */
    static String range(ClassLoader loader, Class<?> keys, Object key, Object listener) throws Exception {
        Method stable = method(keys, "toApiVersion", boolean.class);
        if (stable != null) {
            Optional<?> range = (Optional<?>) stable.invoke(key, false);
            if (range.isEmpty()) return null;
            int min = number(range.get(), "minVersion");
            int max = number(range.get(), "maxVersion");
            Method told = listener == null ? null : method(keys, "toApiVersionForApiResponse", boolean.class, listener.getClass());
            if (told == null) return "[" + min + ", " + max + "]";
            int claimed = number(((Optional<?>) told.invoke(key, false, listener)).get(), "minVersion");
            return "[" + min + ", " + max + (claimed == min ? "" : ", " + claimed) + "]";
        }
        Method oldest = method(keys, "oldestVersion");
        if (oldest != null) {
            int max = (Short) method(keys, "latestVersion").invoke(key);
            return "[" + oldest.invoke(key) + ", " + max + "]";
        }
        Class<?> protocol = loader.loadClass("org.apache.kafka.common.protocol.Protocol");
        int id = (Short) field(keys, "id").get(key);
        return "[" + Array.get(field(protocol, "MIN_VERSIONS").get(null), id) + ", "
            + Array.get(field(protocol, "CURR_VERSION").get(null), id) + "]";
    }

    /** The features of a broker under KRaft; before 3.3, when that was no release for production, there were none. */
    static Map<String, String> supportedFeatures(ClassLoader loader) throws Exception {
        Map<String, String> features = new TreeMap<>();
        Class<?> broker = type(loader, "org.apache.kafka.server.BrokerFeatures", "kafka.server.BrokerFeatures");
        if (broker == null) return features;
        Method unstable = method(broker, "createDefault", boolean.class);
        Object all = unstable == null ? method(broker, "createDefault").invoke(null) : unstable.invoke(null, false);
        Object supported = call(all, "supportedFeatures");
        for (Map.Entry<?, ?> each : ((Map<?, ?>) call(supported, "features")).entrySet()) {
            features.put((String) each.getKey(), "[" + call(each.getValue(), "min") + ", " + call(each.getValue(), "max") + "]");
        }
        return features;
    }

    /** The levels of a directory that `kafka-storage format` of this release makes for static voters, without the ones at 0. */
    static Map<String, String> finalizedFeatures(ClassLoader loader, Map<String, String> supported) throws Exception {
        Map<String, String> levels = new TreeMap<>();
        if (supported.isEmpty()) return levels;
        Class<?> versions = loader.loadClass("org.apache.kafka.server.common.MetadataVersion");
        Object latest = null;
        for (String name : new String[] {"latestProduction", "latest"}) {
            if (latest == null && method(versions, name) != null) latest = method(versions, name).invoke(null);
        }
        if (latest == null) latest = field(versions, "LATEST_PRODUCTION").get(null);
        levels.put("metadata.version", String.valueOf(call(latest, "featureLevel")));
        Class<?> features = type(loader, "org.apache.kafka.server.common.Feature", "org.apache.kafka.server.common.Features");
        Field production = features == null ? null : field(features, "PRODUCTION_FEATURES");
        if (production == null) return levels;
        for (Object feature : (List<?>) production.get(null)) {
            Method level = method(features, "defaultLevel", versions);
            if (level == null) level = method(features, "defaultValue", versions);
            short at = (Short) level.invoke(feature, latest);
            if (at > 0 && !call(feature, "featureName").equals("kraft.version")) levels.put((String) call(feature, "featureName"), String.valueOf(at));
        }
        return levels;
    }

    static Class<?> type(ClassLoader loader, String... names) {
        for (String name : names) {
            try {
                return loader.loadClass(name);
            } catch (ClassNotFoundException e) {
                // The next name.
            }
        }
        return null;
    }

    static Method method(Class<?> type, String name, Class<?>... parameters) {
        try {
            Method found = type.getMethod(name, parameters);
            found.setAccessible(true);
            return found;
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    static Field field(Class<?> type, String name) {
        try {
            Field found = type.getDeclaredField(name);
            found.setAccessible(true);
            return found;
        } catch (NoSuchFieldException e) {
            return null;
        }
    }

    static Object call(Object of, String name) throws Exception {
        return method(of.getClass(), name).invoke(of);
    }

    static int number(Object of, String name) throws Exception {
        return ((Number) call(of, name)).intValue();
    }
}
