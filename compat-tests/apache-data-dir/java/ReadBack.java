import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.FileWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * `ReadBack bootstrap file`: everything that a client can see, one JSON object a line: topics with their ids and configs,
 * records under both isolation levels, committed offsets. Transactions that nobody will end are aborted first.
 */
public final class ReadBack {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final String bootstrap;
    private final BufferedWriter file;

    private ReadBack(String bootstrap, String path) throws IOException {
        this.bootstrap = bootstrap;
        this.file = new BufferedWriter(new FileWriter(path));
    }

    public static void main(String[] args) throws Exception {
        ReadBack readBack = new ReadBack(args[0], args[1]);
        try (Admin admin = Admin.create(readBack.properties())) {
            readBack.abandonTransactions();
            List<TopicPartition> partitions = readBack.topics(admin);
            for (String isolation : List.of("read_uncommitted", "read_committed")) readBack.records(partitions, isolation);
            readBack.offsets(admin);
        }
        readBack.file.close();
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        return properties;
    }

    private void abandonTransactions() {
        for (String id : List.of("transactional-0", "transactional-1")) {
            Properties properties = properties();
            properties.put("transactional.id", id);
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                producer.initTransactions();
            }
        }
    }

    private List<TopicPartition> topics(Admin admin) throws Exception {
        List<TopicPartition> partitions = new ArrayList<>();
        Map<String, TopicDescription> topics = admin.describeTopics(admin.listTopics().names().get()).allTopicNames().get();
        for (TopicDescription topic : topics.values()) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
            Map<String, String> configs = new HashMap<>();
            for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
                if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) configs.put(entry.name(), entry.value());
            }
            write("topic", "topic", topic.name(), "id", topic.topicId().toString(), "partitions", topic.partitions().size(), "configs", configs);
            topic.partitions().forEach(partition -> partitions.add(new TopicPartition(topic.name(), partition.partition())));
        }
        return partitions;
    }

    private void records(List<TopicPartition> partitions, String isolation) throws IOException {
        Properties properties = properties();
        properties.put("isolation.level", isolation);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            for (TopicPartition partition : partitions) {
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                long start = consumer.position(partition);
                long end = consumer.endOffsets(List.of(partition)).get(partition);
                write("partition", "isolation", isolation, "topic", partition.topic(), "partition", partition.partition(), "start", start, "end", end);
                // Internal topics are read by those who know their records; here it is enough that they can be read.
                boolean internal = partition.topic().startsWith("__");
                long deadline = System.nanoTime() + 20_000_000_000L;
                while (consumer.position(partition) < end) {
                    if (System.nanoTime() > deadline) throw new IllegalStateException(partition + " cannot be read beyond " + consumer.position(partition) + " of " + end);
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                        if (!internal) record(isolation, record);
                    }
                }
            }
        }
    }

    private void record(String isolation, ConsumerRecord<String, String> record) throws IOException {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) headers.add(header.key() + "=" + (header.value() == null ? null : new String(header.value())));
        write("record", "isolation", isolation, "topic", record.topic(), "partition", record.partition(), "offset", record.offset(), "timestamp", record.timestamp(), "timestampType", record.timestampType().name, "epoch", record.leaderEpoch().orElse(-1), "key", record.key(), "value", record.value(), "headers", headers);
    }

    private void offsets(Admin admin) throws Exception {
        for (GroupListing group : admin.listGroups().all().get()) {
            admin.listConsumerGroupOffsets(group.groupId()).partitionsToOffsetAndMetadata().get().forEach((partition, offset) -> {
                try {
                    write("committed", "group", group.groupId(), "topic", partition.topic(), "partition", partition.partition(), "offset", offset.offset(), "metadata", offset.metadata());
                } catch (IOException error) {
                    throw new IllegalStateException(error);
                }
            });
        }
    }

    private void write(String event, Object... fields) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        for (int i = 0; i < fields.length; i += 2) line.put((String) fields[i], fields[i + 1]);
        file.write(JSON.writeValueAsString(line));
        file.newLine();
    }
}
