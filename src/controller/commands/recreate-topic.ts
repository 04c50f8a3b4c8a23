import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { partitionRecord } from '../../metadata/snapshot-records.ts'
import type { Chance, CommandResult, CommandState } from './command.ts'

/**
 * Deletes a topic and makes it anew in the same batch, with the same partitions and configurations: nobody ever finds it
 * missing, it is empty, and it has another id. The response is that id.
 */
export function recreateTopic(
  { image }: CommandState,
  { name, chance }: { readonly name: string; readonly chance: Chance },
): CommandResult<string> {
  const topic = image.topics.get(name)
  if (topic === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic ${name}.`)
  const made = { ...topic, id: chance.uuid }
  const configs = [...image.configs.topic(name)].map(([key, value]): MetadataRecord => {
    return {
      type: 'ConfigRecord',
      version: 0,
      value: { resourceType: ConfigResourceType.TOPIC, resourceName: name, name: key, value },
    }
  })
  const records: MetadataRecord[] = [
    { type: 'RemoveTopicRecord', version: 0, value: { topicId: topic.id } },
    { type: 'TopicRecord', version: 0, value: { name, topicId: made.id } },
    ...made.partitions.map((partition, index) => partitionRecord(image, made, index, partition)),
    ...configs,
  ]
  return { records, response: made.id }
}
