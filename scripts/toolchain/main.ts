/** `make toolchain`: finds or fetches every tool that tests and measurements use, and says what is missing. */
import { apacheKafka, previousApacheKafka } from './apache-kafka.ts'
import { cargo } from './cargo.ts'
import { chromium } from './chromium.ts'
import { go } from './go.ts'
import { jdk } from './java.ts'
import { kcat } from './kcat.ts'
import type { Lookup } from './lookup.ts'
import { node } from './node.ts'
import { python } from './python.ts'

const lookups: [string, () => Promise<Lookup<{ version: string; path?: string; libraries?: string }>>][] = [
  ['JDK', jdk],
  ['Apache Kafka', apacheKafka],
  ['the one before', previousApacheKafka],
  ['kcat', kcat],
  ['Chromium', chromium],
  ['Python', python],
  ['Go', go],
  ['Cargo', cargo],
  ['Node 20', () => node(20)],
  ['Node 24', () => node(24)],
]

for (const [name, look] of lookups) {
  const result = await look()
  const words = result.ok
    ? `${result.tool.version}  ${result.tool.path ?? result.tool.libraries}`
    : `missing: ${result.reason}`
  console.log(`${name.padEnd(16)}${words}`)
}
