/** Topics created one by one by Apache's Admin client. */
import { join } from 'node:path'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { compileJava } from '../../compat-tests/support/java.ts'
import type { ApacheKafka } from '../toolchain/apache-kafka.ts'
import { capture } from '../toolchain/lookup.ts'

const source = join(import.meta.dirname, 'CreateTopics.java')

/** Milliseconds for all of them, without the start of the client. */
export async function measureTopics(broker: BrokerProcess, kafka: ApacheKafka, count: number): Promise<number> {
  const classes = await compileJava(kafka, [source])
  await broker.start()
  const classPath = `${classes}:${kafka.classPath}`
  const args = ['-cp', classPath, 'CreateTopics', broker.bootstrapServers, String(count)]
  const { stdout } = await capture(kafka.jdk.path, args)
  return Number(stdout.trim().split('\n').at(-1))
}
