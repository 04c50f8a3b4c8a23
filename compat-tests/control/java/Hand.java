import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** samsa in a test's hand, from Java: the few lines that HTTP takes. SAMSA_CONTROL is the address that samsa prints. */
final class Hand {
    static final String SERVERS = System.getenv("SAMSA_BOOTSTRAP");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    static String ask(String method, String path, String json) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("SAMSA_CONTROL") + path))
            .header("content-type", "application/json")
            .method(method, json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json))
            .build();
        try {
            var response = HTTP.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) throw new AssertionError(method + " " + path + ": " + response.body());
            return response.body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The value of a field, as it is written; a text without its quotes. */
    static String field(String json, String name) {
        return fields(json, name).get(0);
    }

    static List<String> fields(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"?([^\",}\\]]*)").matcher(json);
        List<String> found = new ArrayList<>();
        while (matcher.find()) found.add(matcher.group(1));
        return found;
    }

    /** The values of a topic's records; it waits for so many. */
    static List<String> values(String topic, int count) {
        return fields(ask("GET", "/topics/" + topic + "/records?count=" + count, null), "value");
    }

    /** A rule that is in force until it is closed; `json` as in docs/testing.md. */
    record Rule(String id) implements AutoCloseable {
        static Rule on(String json) {
            return new Rule(field(ask("POST", "/rules", json), "id"));
        }

        void hit(int hits) {
            ask("POST", "/rules/" + id + "/wait", "{\"hits\": " + hits + "}");
        }

        int hits() {
            return Integer.parseInt(field(ask("GET", "/rules/" + id, null), "hits"));
        }

        @Override
        public void close() {
            ask("DELETE", "/rules/" + id, null);
        }
    }

    private Hand() {}
}
