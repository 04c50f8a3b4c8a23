import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Clients that work while their cluster is moved or tormented: `Load bootstrap kind:name:topic:partitions ...`. Each says in
 * lines of words between tabs what it was told. A line on standard input ends those that write, its end ends all, in good order.
 *
 * Kinds: `produce` (idempotent), `transact`, and by a group of that name `classic`, `consumer` and `share`.
 */
public final class Load {
    private static final PrintStream OUT = System.out;
    private static final int NEVER_MS = Integer.MAX_VALUE;
    private static volatile boolean goesOn = true;
    private static volatile boolean isWritten = true;

    public static void main(String[] args) throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            String[] words = args[i].split(":");
            Worker worker = new Worker(args[0], words[1], words[2], Integer.parseInt(words[3]));
            Thread thread = new Thread(() -> worker.work(words[0]), words[1]);
            threads.add(thread);
            thread.start();
        }
        while (System.in.read() != -1) isWritten = false;
        isWritten = false;
        goesOn = false;
        for (Thread thread : threads) thread.join();
        say("done");
        OUT.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void say(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) line.append(line.length() == 0 ? "" : "\t").append(word);
        synchronized (OUT) {
            OUT.println(line);
        }
    }

    private static final class Worker {
        private final String bootstrap;
        private final String name;
        private final String topic;
        private final int partitions;

        Worker(String bootstrap, String name, String topic, int partitions) {
            this.bootstrap = bootstrap;
            this.name = name;
            this.topic = topic;
            this.partitions = partitions;
        }

        void work(String kind) {
            try {
                switch (kind) {
                    case "produce" -> produce();
                    case "transact" -> transact();
                    case "classic", "consumer" -> consume(kind);
                    case "share" -> share();
                    default -> throw new IllegalArgumentException(kind);
                }
            } catch (Throwable error) {
                say("failed", name, String.valueOf(error).replaceAll("\\s+", " "));
            }
        }

        /** Each partition has a sequence of its own, of which every number is to be there once and in order. */
        private void produce() throws Exception {
            try (KafkaProducer<String, String> producer = producer(new Properties())) {
                for (long number = 0; isWritten; number++) {
                    for (int partition = 0; partition < partitions; partition++) {
                        String value = name + "/" + partition + ":" + number;
                        producer.send(new ProducerRecord<>(topic, partition, null, value), (at, error) -> {
                            if (error == null) say("acked", name, at.topic(), at.partition(), at.offset(), value);
                            else say("failed", name, value + ": " + error);
                        });
                    }
                    Thread.sleep(20);
                }
            }
        }

        /** Every fifth transaction is aborted; its values say so. A transaction is named, and its values are numbered. */
        private void transact() throws Exception {
            Properties properties = new Properties();
            properties.put("transactional.id", name);
            properties.put("transaction.timeout.ms", "30000");
            try (KafkaProducer<String, String> producer = producer(properties)) {
                producer.initTransactions();
                for (int number = 0; isWritten; number++) {
                    boolean aborts = number % 5 == 4;
                    transaction(producer, (aborts ? "aborted-" : "") + name + "." + number, aborts);
                    Thread.sleep(30);
                }
            }
        }

        private void transaction(KafkaProducer<String, String> producer, String transaction, boolean aborts)
                throws Exception {
            Map<String, Future<RecordMetadata>> sent = new HashMap<>();
            try {
                producer.beginTransaction();
                for (int number = 0; number < 3; number++) {
                    for (int partition = 0; partition < partitions; partition++) {
                        String value = transaction + "/" + partition + ":" + number;
                        sent.put(value, producer.send(new ProducerRecord<>(topic, partition, null, value)));
                    }
                }
                producer.flush();
                if (aborts) producer.abortTransaction();
                else commit(producer);
            } catch (KafkaException error) {
                say("aborted", name, transaction + ": " + String.valueOf(error).replaceAll("\\s+", " "));
                producer.abortTransaction();
                return;
            }
            if (aborts) return;
            for (Map.Entry<String, Future<RecordMetadata>> each : sent.entrySet()) {
                RecordMetadata at = each.getValue().get();
                say("acked", name, at.topic(), at.partition(), at.offset(), each.getKey());
            }
        }

        /** A commit whose answer is late is asked for again: nobody knows yet what became of it. */
        private static void commit(KafkaProducer<String, String> producer) {
            for (;;) {
                try {
                    producer.commitTransaction();
                    return;
                } catch (TimeoutException late) {
                    // Once more.
                }
            }
        }

        private void consume(String protocol) {
            Properties properties = readerProperties();
            properties.put("group.protocol", protocol);
            properties.put("enable.auto.commit", "false");
            properties.put("auto.offset.reset", "earliest");
            properties.put("isolation.level", "read_committed");
            if (protocol.equals("classic")) properties.put("session.timeout.ms", "6000");
            StringDeserializer text = new StringDeserializer();
            try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, text, text)) {
                consumer.subscribe(List.of(topic), new Listener(name));
                while (goesOn) {
                    try {
                        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                            say("read", name, record.topic(), record.partition(), record.offset(), record.value());
                        }
                        consumer.commitSync();
                    } catch (RetriableException | org.apache.kafka.clients.consumer.CommitFailedException late) {
                        say("late", name, String.valueOf(late).replaceAll("\\s+", " "));
                    }
                }
            }
        }

        private void share() {
            StringDeserializer text = new StringDeserializer();
            try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(readerProperties(), text, text)) {
                consumer.subscribe(List.of(topic));
                while (goesOn) {
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                        say("read", name, record.topic(), record.partition(), record.offset(), record.value());
                    }
                    consumer.commitSync();
                }
            }
        }

        private Properties readerProperties() {
            Properties properties = properties();
            properties.put("group.id", name);
            properties.put("default.api.timeout.ms", "120000");
            return properties;
        }

        private Properties properties() {
            Properties properties = new Properties();
            properties.put("bootstrap.servers", bootstrap);
            properties.put("client.id", name);
            properties.put("reconnect.backoff.max.ms", "300");
            properties.put("request.timeout.ms", "5000");
            return properties;
        }

        private KafkaProducer<String, String> producer(Properties own) {
            Properties properties = properties();
            properties.putAll(own);
            properties.put("acks", "all");
            properties.put("enable.idempotence", "true");
            properties.put("linger.ms", "2");
            // A broker knows a producer's last five batches. With five under way to a leader that has gone, the client sends
            // five more to the next one, and repeats the first five there: OUT_OF_ORDER_SEQUENCE_NUMBER for ever, on any Kafka.
            properties.put("max.in.flight.requests.per.connection", "2");
            properties.put("delivery.timeout.ms", own.isEmpty() ? NEVER_MS : 120_000);
            properties.put("max.block.ms", "120000");
            return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
        }
    }

    private static final class Listener implements ConsumerRebalanceListener {
        private final String name;

        Listener(String name) {
            this.name = name;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            say("assigned", name, partitions.size());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            say("revoked", name, partitions.size());
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            say("lost", name, partitions.size());
        }
    }
}
