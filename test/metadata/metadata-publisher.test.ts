import t from 'tap'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { MetadataDelta } from '../../src/metadata/image/metadata-delta.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../src/metadata/image/metadata-image.ts'
import { MetadataPublisher } from '../../src/metadata/metadata-publisher.ts'
import { record } from '../controller/support/records.ts'

const TOPIC_IDS: Readonly<Record<string, string>> = { a: 'OEFKSsxZSLqm8on1qPiDRA', b: 'OEFKSsxZSLqm8on1qPiDRQ' }

/** The change that creates a topic on top of `image`. */
function creation(image: MetadataImage, name: string, offset: number) {
  const delta = new MetadataDelta(image)
  delta.replay(record('TopicRecord', 0, { name, topicId: TOPIC_IDS[name] }))
  return delta.apply({ lastContainedOffset: offset, lastContainedEpoch: 1, lastContainedLogTimeMs: 0 })
}

const publisher = () => new MetadataPublisher(EMPTY_IMAGE, silentLogger())

t.test('subscribers hear of a change one after another, and the image follows the last of them', async (t) => {
  const metadata = publisher()
  const heard: string[] = []
  metadata.subscribe(async () => {
    await Promise.resolve()
    heard.push(`first, with ${metadata.image.topics.size} topics published`)
  })
  metadata.subscribe(({ after }) => void heard.push(`second, of ${after.topics.size}`))
  await metadata.publish(creation(metadata.image, 'a', 0))
  t.strictSame(heard, ['first, with 0 topics published', 'second, of 1'])
  t.equal(metadata.image.topics.size, 1)
})

t.test('a subscriber that fails holds up neither the others nor the image', async (t) => {
  const metadata = publisher()
  const heard: number[] = []
  metadata.subscribe(() => {
    throw new Error('it cannot follow')
  })
  metadata.subscribe(({ after }) => void heard.push(after.topics.size))
  await metadata.publish(creation(metadata.image, 'a', 0))
  t.strictSame([heard, metadata.image.topics.size], [[1], 1])
})

t.test('a subscription that has ended hears no more', async (t) => {
  const metadata = publisher()
  let count = 0
  const end = metadata.subscribe(() => void count++)
  await metadata.publish(creation(metadata.image, 'a', 0))
  end()
  await metadata.publish(creation(metadata.image, 'b', 1))
  t.equal(count, 1)
})

t.test('a change that does not follow the published image, or overtakes one, is refused', async (t) => {
  const metadata = publisher()
  metadata.subscribe(async () => {})
  const first = creation(metadata.image, 'a', 0)
  const publication = metadata.publish(first)
  await t.rejects(metadata.publish(creation(first.after, 'b', 1)), /under way/)
  await publication
  await t.rejects(metadata.publish(first), /does not follow/)
  await metadata.publish(creation(metadata.image, 'b', 1))
  t.equal(metadata.image.topics.size, 2)
})
