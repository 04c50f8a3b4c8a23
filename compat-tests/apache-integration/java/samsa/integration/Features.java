package samsa.integration;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.server.common.Feature;

/**
 * Brings a broker that has no step like `kafka-storage format` to the features that the arguments of that step name: the
 * release by a property of its own, single features after its first start. Only where the system property
 * `samsa.features` asks for it.
 */
final class Features {
    private static final boolean WANTED = Boolean.getBoolean("samsa.features");

    private Features() {}

    static void setRelease(Map<String, String> properties, List<String> formatArguments) {
        int release = formatArguments.indexOf("--release-version");
        if (WANTED && release >= 0) properties.put("samsa.release.version", formatArguments.get(release + 1));
    }

    static void set(Admin admin, List<String> formatArguments) {
        if (!WANTED) return;
        for (Map.Entry<String, Short> level : levels(formatArguments).entrySet()) {
            try {
                Map<String, FeatureUpdate> update = Map.of(level.getKey(), update(level.getKey(), level.getValue()));
                admin.updateFeatures(update, new UpdateFeaturesOptions().timeoutMs(5000)).all().get();
            } catch (ExecutionException e) {
                System.err.println("feature " + level + ": " + e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static Map<String, Short> levels(List<String> words) {
        Map<String, Short> levels = new LinkedHashMap<>();
        for (int i = 0; i + 1 < words.size(); i++) {
            if (!words.get(i).equals("--feature")) continue;
            String[] named = words.get(i + 1).split("=");
            levels.put(named[0], Short.parseShort(named[1]));
        }
        return levels;
    }

    private static FeatureUpdate update(String name, short level) {
        short latest = Feature.featureFromName(name).latestProduction();
        return new FeatureUpdate(level, level < latest ? FeatureUpdate.UpgradeType.SAFE_DOWNGRADE : FeatureUpdate.UpgradeType.UPGRADE);
    }
}
