/** How a Streams application describes its topology to people (KIP-1331): a part of several messages. */
import { array, int8, string, struct, type Versions } from './schema.ts'

const node = () =>
  struct({
    name: string(),
    nodeType: int8(),
    sourceTopics: array(string()),
    sinkTopic: string().nullable().default(null),
    stores: array(string()),
    successors: array(string()),
  })

export const topologyDescription = (versions: Versions) =>
  struct(versions, {
    subtopologies: array({
      subtopologyId: string(),
      nodes: array(node()),
    }),
    globalStores: array({
      source: node(),
      processor: node(),
    }),
  })
