// Transcripts of Apache Kafka 4.4.0's ClientMetricsManager (subscriptions, questions, pushes), and OTLP as its classes write it.
//   java -cp 'apache-kafka-4.4.0/libs/*' Telemetry.java cases.json
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.*;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.*;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.requests.*;
import org.apache.kafka.common.security.auth.*;
import org.apache.kafka.common.telemetry.internals.ClientTelemetryUtils;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.ClientMetricsManager;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.metrics.ClientTelemetryExporterPlugin;
import org.apache.kafka.server.telemetry.*;
import org.apache.kafka.shaded.com.google.protobuf.ByteString;
import org.apache.kafka.shaded.io.opentelemetry.proto.common.v1.*;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.*;
import org.apache.kafka.shaded.io.opentelemetry.proto.resource.v1.Resource;

public final class Telemetry {
    static final int MAX_BYTES = 4096;
    static final Uuid ONE = Uuid.fromString("k4wQ0pXoR0K1n1Zt5cQ0AA");
    static final Uuid TWO = Uuid.fromString("_-wQ0pXoR0K1n1Zt5cQ0AQ");
    static final List<String> out = new ArrayList<>();

    static final class HandTime implements Time {
        long ms = 1_000_000;
        public long milliseconds() { return ms; }
        public long nanoseconds() { return ms * 1_000_000; }
        public void sleep(long more) { ms += more; }
        public void waitObject(Object o, Supplier<Boolean> c, long d) { throw new UnsupportedOperationException(); }
    }

    static final class Scenario implements AutoCloseable {
        final HandTime time = new HandTime();
        final ClientTelemetryExporterPlugin plugin = new ClientTelemetryExporterPlugin();
        final ClientMetricsManager manager;
        final List<String> steps = new ArrayList<>();
        final String name;

        Scenario(String name) {
            this.name = name;
            plugin.add(new ClientTelemetryReceiver() {
                public void exportMetrics(AuthorizableRequestContext c, ClientTelemetryPayload p) {
                    try {
                        MetricsData.parseFrom(p.data());
                    } catch (Exception e) {
                        throw new RuntimeException(e);
                    }
                }
            });
            manager = new ClientMetricsManager(plugin, MAX_BYTES, time, new Metrics());
        }

        Scenario set(String subscription, String... pairs) {
            Properties values = new Properties();
            StringJoiner json = new StringJoiner(",", "{", "}");
            for (int i = 0; i < pairs.length; i += 2) {
                values.put(pairs[i], pairs[i + 1]);
                json.add(text(pairs[i]) + ":" + text(pairs[i + 1]));
            }
            manager.updateSubscription(subscription, values);
            steps.add("{\"set\":" + text(subscription) + ",\"values\":" + json + "}");
            return this;
        }

        Scenario after(long ms) {
            time.ms += ms;
            steps.add("{\"afterMs\":" + ms + "}");
            return this;
        }

        RequestContext context(ApiKeys key, String clientId) throws Exception {
            return new RequestContext(new RequestHeader(key, (short) 0, clientId, 1), "connection", InetAddress.getByName("10.0.0.7"),
                Optional.of(4711), KafkaPrincipal.ANONYMOUS, new ListenerName("PLAINTEXT"), SecurityProtocol.PLAINTEXT,
                new ClientInformation("apache-kafka-java", "4.4.0"), false);
        }

        GetTelemetrySubscriptionsResponseData ask(Uuid id, String clientId) throws Exception {
            GetTelemetrySubscriptionsRequest request = new GetTelemetrySubscriptionsRequest.Builder(
                new GetTelemetrySubscriptionsRequestData().setClientInstanceId(id)).build((short) 0);
            GetTelemetrySubscriptionsResponseData d = manager.processGetTelemetrySubscriptionRequest(request,
                context(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, clientId)).data();
            StringJoiner metrics = new StringJoiner(",", "[", "]");
            for (String metric : d.requestedMetrics()) metrics.add(text(metric));
            steps.add("{\"ask\":" + text(id.toString()) + ",\"clientId\":" + text(clientId) + ",\"answer\":{\"errorCode\":" + d.errorCode()
                + ",\"clientInstanceId\":" + text(d.clientInstanceId().toString()) + ",\"subscriptionId\":" + d.subscriptionId()
                + ",\"acceptedCompressionTypes\":" + d.acceptedCompressionTypes() + ",\"pushIntervalMs\":" + d.pushIntervalMs()
                + ",\"telemetryMaxBytes\":" + d.telemetryMaxBytes() + ",\"deltaTemporality\":" + d.deltaTemporality()
                + ",\"requestedMetrics\":" + metrics + "}}");
            return d;
        }

        Scenario push(Uuid id, String clientId, int subscriptionId, boolean terminating, int codec, byte[] metrics) throws Exception {
            PushTelemetryRequest request = new PushTelemetryRequest.Builder(new PushTelemetryRequestData().setClientInstanceId(id)
                .setSubscriptionId(subscriptionId).setTerminating(terminating).setCompressionType((byte) codec)
                .setMetrics(ByteBuffer.wrap(metrics))).build((short) 0);
            int error = manager.processPushTelemetryRequest(request, context(ApiKeys.PUSH_TELEMETRY, clientId)).data().errorCode();
            steps.add("{\"push\":" + text(id.toString()) + ",\"clientId\":" + text(clientId) + ",\"subscriptionId\":" + subscriptionId
                + ",\"terminating\":" + terminating + ",\"compressionType\":" + codec + ",\"metrics\":\""
                + Base64.getEncoder().encodeToString(metrics) + "\",\"errorCode\":" + error + "}");
            return this;
        }

        public void close() throws Exception {
            manager.close();
            out.add("{\"name\":" + text(name) + ",\"steps\":[\n    " + String.join(",\n    ", steps) + "]}");
        }
    }

    static String text(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static KeyValue attribute(String key, AnyValue.Builder value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }

    static AnyValue.Builder string(String value) {
        return AnyValue.newBuilder().setStringValue(value);
    }

    static Metric gauge(String name, double value, KeyValue... attributes) {
        return Metric.newBuilder().setName(name).setDescription("d").setGauge(Gauge.newBuilder().addDataPoints(
            NumberDataPoint.newBuilder().setAsDouble(value).setTimeUnixNano(7).addAllAttributes(List.of(attributes)))).build();
    }

    static Metric sum(String name, long value, AggregationTemporality temporality, boolean monotonic) {
        return Metric.newBuilder().setName(name).setSum(Sum.newBuilder().setAggregationTemporality(temporality).setIsMonotonic(monotonic)
            .addDataPoints(NumberDataPoint.newBuilder().setAsInt(value).setStartTimeUnixNano(3))).build();
    }

    static MetricsData metrics() {
        AnyValue.Builder list = AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder().addValues(string("x")));
        return MetricsData.newBuilder().addResourceMetrics(ResourceMetrics.newBuilder()
            .setResource(Resource.newBuilder().addAttributes(attribute("group_id", string("g"))).addAttributes(attribute("list", list)))
            .setSchemaUrl("s")
            .addScopeMetrics(ScopeMetrics.newBuilder().setScope(InstrumentationScope.newBuilder().setName("n"))
                .addMetrics(gauge("org.apache.kafka.consumer.lag", 1.5, attribute("topic", string("t\"\n")),
                    attribute("partition", AnyValue.newBuilder().setIntValue(3)), attribute("ok", AnyValue.newBuilder().setBoolValue(true)),
                    attribute("ratio", AnyValue.newBuilder().setDoubleValue(0.5))))
                .addMetrics(sum("org.apache.kafka.producer.record.send", 40, AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA, true))
                .addMetrics(sum("org.apache.kafka.producer.record.send", 2, AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA, true))
                .addMetrics(sum("com.example.whole", 1L << 40, AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE, true))
                .addMetrics(sum("com.example.down", -5, AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA, false)))
            .addScopeMetrics(ScopeMetrics.newBuilder()
                .addMetrics(Metric.newBuilder().setName("com.example.sizes").setHistogram(Histogram.newBuilder()
                    .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA).addDataPoints(
                        HistogramDataPoint.newBuilder().setCount(6).setSum(12.5).addBucketCounts(1).addBucketCounts(2).addBucketCounts(3)
                            .addExplicitBounds(0.5).addExplicitBounds(10).setMin(0).setMax(11).addAttributes(attribute("a", string("b"))))))
                .addMetrics(Metric.newBuilder().setName("com.example.exponential").setExponentialHistogram(ExponentialHistogram.newBuilder()
                    .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE).addDataPoints(
                        ExponentialHistogramDataPoint.newBuilder().setCount(4).setSum(9).setScale(2).setZeroCount(1))))
                .addMetrics(Metric.newBuilder().setName("com.example.summary").setSummary(Summary.newBuilder().addDataPoints(
                    SummaryDataPoint.newBuilder().setCount(8).setSum(16).addQuantileValues(
                        SummaryDataPoint.ValueAtQuantile.newBuilder().setQuantile(0.99).setValue(3))))))).build();
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] all = new byte[buffer.remaining()];
        buffer.get(all);
        return all;
    }

    public static void main(String[] a) throws Exception {
        byte[] none = new byte[0];
        byte[] plain = metrics().toByteArray();
        try (Scenario s = new Scenario("nothing is asked for")) {
            int id = s.ask(ONE, "c").subscriptionId();
            s.ask(ONE, "c");
            s.ask(TWO, "c");
            s.push(ONE, "c", id, false, 0, none).push(ONE, "c", id, false, 0, none).after(299_999);
            s.push(ONE, "c", id, false, 0, none).ask(ONE, "c");
            s.after(1);
            s.ask(ONE, "c");
            s.push(ONE, "c", id, false, 0, none).push(ONE, "c", id, true, 0, none).push(ONE, "c", id, true, 0, none);
            s.after(300_000).push(ONE, "c", id, false, 0, none).push(ONE, "c", id, false, 0, none);
        }
        try (Scenario s = new Scenario("subscriptions are put together")) {
            s.set("one", "metrics", "org.apache.kafka.producer.,org.apache.kafka.consumer.", "interval.ms", "1000");
            s.ask(ONE, "c");
            s.set("two", "metrics", "org.apache.kafka.admin., a ,b,c,d,e,f,g,h", "match", "client_id=app-.*", "interval.ms", "200");
            s.ask(ONE, "c");
            s.ask(TWO, "app-1");
            s.set("three", "metrics", "m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14", "match",
                "client_source_port=47[0-9]+,client_software_name=apache.kafka.java,client_source_address=10\\.0\\..*", "interval.ms", "500");
            s.ask(ONE, "c");
            s.ask(TWO, "app-1");
            s.set("four", "match", "client_software_version=4\\.4", "metrics", "never", "interval.ms", "100");
            s.ask(ONE, "c");
            s.set("five", "match", "client_instance_id=" + TWO, "metrics", "*", "interval.ms", "400000");
            s.ask(ONE, "c");
            s.ask(TWO, "app-1");
            s.set("two").set("one");
            s.ask(TWO, "app-1");
            s.ask(ONE, "c");
        }
        try (Scenario s = new Scenario("what a client may do early, and what ends it")) {
            s.set("all", "metrics", "*", "interval.ms", "1000");
            int id = s.ask(ONE, "c").subscriptionId();
            s.push(ONE, "c", id + 1, false, 0, none).ask(ONE, "c");
            s.ask(ONE, "c");
            s.push(ONE, "c", id, false, 5, none).after(1000).push(ONE, "c", id, false, 7, none);
            s.ask(ONE, "c");
            s.push(ONE, "c", id, false, 0, plain).after(1000);
            s.push(ONE, "c", id, false, 0, new byte[MAX_BYTES + 1]).after(1000);
            s.push(ONE, "c", id, false, -1, none).after(1000);
            s.set("all", "metrics", "*", "interval.ms", "2000");
            s.push(ONE, "c", id, false, 0, plain);
            int next = s.ask(ONE, "c").subscriptionId();
            s.push(ONE, "c", next, false, 0, plain).push(ONE, "c", next, true, 0, plain).push(ONE, "c", next, true, 0, plain);
            s.ask(ONE, "c");
            s.push(Uuid.ZERO_UUID, "c", 0, false, 0, none).push(Uuid.ONE_UUID, "c", 0, false, 0, none);
            s.push(TWO, "never asked", 1, false, 0, none);
        }
        try (Scenario s = new Scenario("codecs")) {
            s.set("all", "metrics", "*", "interval.ms", "100");
            int id = s.ask(ONE, "c").subscriptionId();
            for (CompressionType type : CompressionType.values())
                s.after(100).push(ONE, "c", id, false, type.id, bytes(ClientTelemetryUtils.compress(metrics(), type)));
            for (CompressionType type : CompressionType.values())
                s.after(100).push(ONE, "c", id, false, type.id, new byte[] {1, 2, 3});
            s.after(100).push(ONE, "c", id, false, 0, Arrays.copyOf(plain, plain.length - 1));
            MetricsData large = MetricsData.newBuilder().addResourceMetrics(
                ResourceMetrics.newBuilder().setSchemaUrl("x".repeat(2 * MAX_BYTES))).build();
            s.after(100).push(ONE, "c", id, false, CompressionType.GZIP.id, bytes(ClientTelemetryUtils.compress(large, CompressionType.GZIP)));
            s.after(100).push(ONE, "c", id, false, 0, plain);
        }
        java.nio.file.Files.writeString(java.nio.file.Path.of(a[0]), "[\n  " + String.join(",\n  ", out) + "\n]\n");
        System.exit(0);
    }
}
