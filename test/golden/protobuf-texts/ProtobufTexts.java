import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confluent.kafka.schemaregistry.client.rest.entities.SchemaReference;
import io.confluent.kafka.schemaregistry.protobuf.ProtobufSchema;
import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Has Confluent's provider for Protobuf say what becomes of the schemas in cases.json (its argument): whether it refuses them,
 * the text that it keeps, and the normalized one. Needs kafka-protobuf-provider and what it depends on, all of v8.5.0.
 */
public class ProtobufTexts {
  public static void main(String[] args) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode file = (ObjectNode) mapper.readTree(new File(args[0]));
    ArrayNode cases = mapper.createArrayNode();
    for (JsonNode each : file.get("cases")) {
      ObjectNode said = mapper.createObjectNode();
      said.set("schema", each.get("schema"));
      if (each.has("references")) said.set("references", each.get("references"));
      List<SchemaReference> references = new ArrayList<>();
      Map<String, String> resolved = new LinkedHashMap<>();
      for (JsonNode path : each.path("references")) {
        references.add(new SchemaReference(path.asText(), path.asText(), 1));
        resolved.put(path.asText(), file.get("files").get(path.asText()).asText());
      }
      try {
        ProtobufSchema schema =
            new ProtobufSchema(each.get("schema").asText(), references, resolved, null, null, null, null);
        schema.validate(false);
        String normal = schema.normalize().canonicalString();
        said.put("canonical", schema.canonicalString());
        if (!normal.equals(schema.canonicalString())) said.put("normal", normal);
      } catch (RuntimeException refused) {
        said.put("refused", true);
      }
      cases.add(said);
    }
    file.set("cases", cases);
    System.out.println(mapper.writeValueAsString(file));
  }
}
