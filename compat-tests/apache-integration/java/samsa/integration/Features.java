package samsa.integration;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * Brings a broker that has no step like `kafka-storage format` to the feature levels that the arguments of that step name,
 * after its first start. Only where the system property `samsa.features` asks for it.
 */
final class Features {
    private static final boolean WANTED = Boolean.getBoolean("samsa.features");

    private Features() {}

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

    /** The release first: other features may ask for its metadata.version. */
    private static Map<String, Short> levels(List<String> words) {
        Map<String, Short> levels = new LinkedHashMap<>();
        int release = words.indexOf("--release-version");
        if (release >= 0) levels.put(MetadataVersion.FEATURE_NAME, MetadataVersion.fromVersionString(words.get(release + 1), true).featureLevel());
        for (int i = 0; i + 1 < words.size(); i++) {
            if (!words.get(i).equals("--feature")) continue;
            String[] named = words.get(i + 1).split("=");
            levels.put(named[0], Short.parseShort(named[1]));
        }
        return levels;
    }

    private static FeatureUpdate update(String name, short level) {
        short latest = name.equals(MetadataVersion.FEATURE_NAME)
            ? MetadataVersion.latestProduction().featureLevel() : Feature.featureFromName(name).latestProduction();
        return new FeatureUpdate(level, level < latest ? FeatureUpdate.UpgradeType.SAFE_DOWNGRADE : FeatureUpdate.UpgradeType.UPGRADE);
    }
}
