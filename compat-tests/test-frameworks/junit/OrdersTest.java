import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OrdersTest {
    @AfterEach
    void clean() {
        Hand.ask("POST", "/reset", null);
    }

    @Test
    void anOrderGetsThroughWhileTheLeaderMoves() throws Exception {
        try (var rule = Hand.Rule.on("{\"api\": \"Produce\", \"topic\": \"orders\", \"error\": \"NOT_LEADER_OR_FOLLOWER\", \"times\": 2}")) {
            placeOrder("a");
            rule.hit(2);
        }
        assertEquals(List.of("a"), Hand.values("orders", 1));
    }

    /** The code under test. */
    private static void placeOrder(String order) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", Hand.SERVERS);
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("orders", order)).get();
        }
    }
}
