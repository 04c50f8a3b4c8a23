package samsa.integration;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;

/**
 * Tests say in a file for the whole JVM who may log in; a broker of another process is told by the settings of its listeners,
 * which mean the same to it.
 */
final class Jaas {
    private static final String SECTION = "KafkaServer";

    private Jaas() {}

    static void addTo(Map<String, String> properties) {
        for (String entry : properties.getOrDefault("listener.security.protocol.map", "").split(",")) {
            String[] words = entry.trim().split(":");
            if (words.length == 2 && words[1].startsWith("SASL_")) addTo(properties, words[0].toLowerCase(Locale.ROOT));
        }
    }

    private static void addTo(Map<String, String> properties, String listener) {
        String prefix = "listener.name." + listener + ".";
        for (String mechanism : mechanisms(properties, prefix)) {
            String key = prefix + mechanism.toLowerCase(Locale.ROOT) + ".sasl.jaas.config";
            if (properties.containsKey(key)) continue;
            for (AppConfigurationEntry entry : entries(listener)) {
                if (isFor(mechanism, entry.getLoginModuleName())) properties.put(key, text(entry));
            }
        }
    }

    private static List<String> mechanisms(Map<String, String> properties, String prefix) {
        List<String> all = new ArrayList<>();
        String enabled = properties.getOrDefault(prefix + "sasl.enabled.mechanisms", properties.getOrDefault("sasl.enabled.mechanisms", ""));
        for (String one : enabled.split(",")) if (!one.isBlank()) all.add(one.trim());
        for (String key : List.of("sasl.mechanism.inter.broker.protocol", "sasl.mechanism.controller.protocol")) {
            String one = properties.get(key);
            if (one != null && !all.contains(one)) all.add(one);
        }
        return all;
    }

    private static List<AppConfigurationEntry> entries(String listener) {
        try {
            Configuration configuration = Configuration.getConfiguration();
            AppConfigurationEntry[] own = configuration.getAppConfigurationEntry(listener + "." + SECTION);
            AppConfigurationEntry[] all = own != null ? own : configuration.getAppConfigurationEntry(SECTION);
            return all == null ? List.of() : List.of(all);
        } catch (SecurityException e) {
            return List.of(); // There is no such file.
        }
    }

    private static boolean isFor(String mechanism, String module) {
        String name = module.substring(module.lastIndexOf('.') + 1);
        if (mechanism.startsWith("SCRAM")) return name.startsWith("Scram");
        if (mechanism.equals("OAUTHBEARER")) return name.startsWith("OAuthBearer");
        return mechanism.equals("PLAIN") ? name.contains("Plain") : mechanism.equals("GSSAPI") && name.startsWith("Krb5");
    }

    private static String text(AppConfigurationEntry entry) {
        String options = entry.getOptions().entrySet().stream()
            .map(option -> " " + option.getKey() + "=\"" + String.valueOf(option.getValue()).replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
            .collect(Collectors.joining());
        return entry.getLoginModuleName() + " required" + options + ";";
    }
}
