import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.requestreply.ReplyingKafkaTemplate;
import org.springframework.kafka.transaction.KafkaTransactionManager;
import org.springframework.messaging.handler.annotation.SendTo;
import org.springframework.util.backoff.FixedBackOff;

/** `SpringCases CASE BOOTSTRAP_SERVERS PREFIX`: an application of Spring for Kafka; an exception is a failure. */
public final class SpringCases {
    private static String bootstrapServers;
    private static String prefix;

    public static void main(String[] args) throws Exception {
        bootstrapServers = args[1];
        prefix = args[2];
        switch (args[0]) {
            case "listener" -> listener();
            case "deadLetters" -> deadLetters();
            case "transactions" -> transactions();
            case "requestReply" -> requestReply();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    @Configuration
    @EnableKafka
    static class Application {
        final BlockingQueue<String> received = new LinkedBlockingQueue<>();

        @Bean
        KafkaAdmin admin() {
            return new KafkaAdmin(Map.of("bootstrap.servers", bootstrapServers));
        }

        @Bean
        NewTopic topic() {
            return TopicBuilder.name(prefix + "-in").partitions(3).replicas(1).config("retention.ms", "3600000").build();
        }

        @Bean
        NewTopic answers() {
            return TopicBuilder.name(prefix + "-answers").partitions(1).replicas(1).build();
        }

        @Bean
        ProducerFactory<String, String> producerFactory() {
            return new DefaultKafkaProducerFactory<>(producerConfig(), new StringSerializer(), new StringSerializer());
        }

        @Bean
        KafkaTemplate<String, String> template(ProducerFactory<String, String> factory) {
            return new KafkaTemplate<>(factory);
        }

        @Bean
        ConsumerFactory<String, String> consumerFactory() {
            return SpringCases.consumerFactory(Map.of());
        }

        @Bean
        ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory(
                ConsumerFactory<String, String> consumers, KafkaTemplate<String, String> template) {
            var factory = new ConcurrentKafkaListenerContainerFactory<String, String>();
            factory.setConsumerFactory(consumers);
            factory.setConcurrency(3);
            factory.setReplyTemplate(template);
            return factory;
        }

        @KafkaListener(id = "lines", topics = "#{topic.name()}", groupId = "#{topic.name()}-group")
        @SendTo
        String hear(String text) {
            received.add(text);
            return text.startsWith("question") ? "answer to " + text : null;
        }
    }

    /** The application creates its topics, three containers share them, and each record is heard once. */
    private static void listener() throws Exception {
        try (var context = new AnnotationConfigApplicationContext(Application.class);
                AdminClient admin = AdminClient.create(Map.of("bootstrap.servers", bootstrapServers))) {
            var template = context.getBean(KafkaTemplate.class);
            equal(admin.describeTopics(List.of(prefix + "-in")).allTopicNames().get().get(prefix + "-in").partitions().size(), 3);
            for (int i = 0; i < 100; i++) template.send(prefix + "-in", "key-" + i, "text-" + i).get();
            var received = context.getBean(Application.class).received;
            List<String> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) all.add(next(received));
            Collections.sort(all);
            equal(all.get(99), "text-99");
            equal(received.poll(200, TimeUnit.MILLISECONDS), null);
        }
    }

    private static void requestReply() throws Exception {
        try (var context = new AnnotationConfigApplicationContext(Application.class)) {
            ProducerFactory<String, String> producers = context.getBean(ProducerFactory.class);
            var properties = new ContainerProperties(prefix + "-answers");
            properties.setGroupId(prefix + "-asker");
            var replies = new ConcurrentMessageListenerContainer<>(consumerFactory(Map.of()), properties);
            var template = new ReplyingKafkaTemplate<String, String, String>(producers, replies);
            template.setDefaultTopic(prefix + "-in");
            template.start();
            try {
                template.waitForAssignment(java.time.Duration.ofSeconds(20));
                var record = new org.apache.kafka.clients.producer.ProducerRecord<String, String>(prefix + "-in", "question");
                equal(template.sendAndReceive(record).get(20, TimeUnit.SECONDS).value(), "answer to question");
            } finally {
                template.destroy();
            }
        }
    }

    /** What fails three times goes to another topic, and the rest goes on. */
    private static void deadLetters() throws Exception {
        String topic = createTopics("work", "work-dlt").get(0);
        var template = new KafkaTemplate<>(producers(Map.of()));
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        AtomicInteger attempts = new AtomicInteger();
        var container = container(topic, consumerFactory(Map.of()), (MessageListener<String, String>) record -> {
            if (record.value().equals("bad")) {
                attempts.incrementAndGet();
                throw new IllegalStateException("bad");
            }
            done.add(record.value());
        });
        container.setCommonErrorHandler(
            new DefaultErrorHandler(new DeadLetterPublishingRecoverer(template), new FixedBackOff(50, 2)));
        BlockingQueue<String> dead = new LinkedBlockingQueue<>();
        var graveyard = container(topic + "-dlt", consumerFactory(Map.of()),
            (MessageListener<String, String>) record -> dead.add(record.value() + " from " + header(record)));
        container.start();
        graveyard.start();
        try {
            for (String text : List.of("one", "bad", "two")) template.send(topic, 0, "key", text).get();
            equal(List.of(next(done), next(done)), List.of("one", "two"));
            equal(next(dead), "bad from " + topic);
            equal(attempts.get(), 3);
        } finally {
            container.stop();
            graveyard.stop();
        }
    }

    private static String header(ConsumerRecord<String, String> record) {
        return new String(record.headers().lastHeader("kafka_dlt-original-topic").value());
    }

    /** Records are transformed within transactions, of which one fails: each arrives once. */
    private static void transactions() throws Exception {
        List<String> topics = createTopics("tx-in", "tx-out");
        var producers = producers(Map.of());
        producers.setTransactionIdPrefix(prefix + "-tx-");
        var template = new KafkaTemplate<>(producers);
        AtomicInteger failures = new AtomicInteger(1);
        var container = container(topics.get(0), consumerFactory(Map.of("isolation.level", "read_committed")),
            (MessageListener<String, String>) record -> {
                template.send(topics.get(1), record.value() + "!");
                if (record.value().equals("5") && failures.getAndDecrement() > 0) throw new IllegalStateException("once");
            });
        container.getContainerProperties().setKafkaAwareTransactionManager(new KafkaTransactionManager<>(producers));
        BlockingQueue<String> out = new LinkedBlockingQueue<>();
        var reader = container(topics.get(1), consumerFactory(Map.of("isolation.level", "read_committed")),
            (MessageListener<String, String>) record -> out.add(record.value()));
        container.start();
        reader.start();
        try {
            template.executeInTransaction(operations -> {
                for (int i = 0; i < 10; i++) operations.send(topics.get(0), 0, "key", Integer.toString(i));
                return null;
            });
            for (int i = 0; i < 10; i++) equal(next(out), i + "!");
            equal(out.poll(300, TimeUnit.MILLISECONDS), null);
        } finally {
            container.stop();
            reader.stop();
            producers.destroy();
        }
    }

    private static List<String> createTopics(String... words) throws Exception {
        List<String> names = new ArrayList<>();
        try (AdminClient admin = AdminClient.create(Map.of("bootstrap.servers", bootstrapServers))) {
            for (String word : words) {
                names.add(prefix + "-" + word);
                admin.createTopics(List.of(new NewTopic(prefix + "-" + word, 1, (short) 1))).all().get();
            }
        }
        return names;
    }

    private static ConcurrentMessageListenerContainer<String, String> container(
            String topic, ConsumerFactory<String, String> consumers, MessageListener<String, String> listener) {
        ContainerProperties properties = new ContainerProperties(topic);
        properties.setGroupId(topic + "-group");
        properties.setMessageListener(listener);
        return new ConcurrentMessageListenerContainer<>(consumers, properties);
    }

    private static Map<String, Object> producerConfig() {
        return Map.of("bootstrap.servers", bootstrapServers);
    }

    private static DefaultKafkaProducerFactory<String, String> producers(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(producerConfig());
        config.putAll(more);
        return new DefaultKafkaProducerFactory<>(config, new StringSerializer(), new StringSerializer());
    }

    private static ConsumerFactory<String, String> consumerFactory(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(
            Map.of("bootstrap.servers", bootstrapServers, "auto.offset.reset", "earliest", "heartbeat.interval.ms", "300"));
        config.putAll(more);
        return new DefaultKafkaConsumerFactory<>(config, new StringDeserializer(), new StringDeserializer());
    }

    private static String next(BlockingQueue<String> queue) throws InterruptedException {
        String text = queue.poll(20, TimeUnit.SECONDS);
        if (text == null) throw new AssertionError("waited 20 s in vain");
        return text;
    }

    private static void equal(Object actual, Object expected) {
        if (actual == null ? expected != null : !actual.equals(expected)) {
            throw new AssertionError("expected " + expected + " but got " + actual);
        }
    }
}
