/** DescribeLogDirs and AlterReplicaLogDirs, as far as a broker with one directory goes. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'

async function created(session: Session, name: string): Promise<string> {
  await session.send('CreateTopics', 7, {
    topics: [{ name, numPartitions: 2, replicationFactor: 1 }],
    timeoutMs: 10_000,
  })
  return name
}

/** The directory's own path, which is another for each broker and therefore not compared. */
async function ownPath(session: Session): Promise<string> {
  const { results } = (await session.aside.send('DescribeLogDirs', 4, { topics: null })) as {
    results: { logDir: string }[]
  }
  return results[0].logDir
}

const alter: Scenario = {
  name: 'log directories: AlterReplicaLogDirs',
  quick: true,
  async run(session) {
    const topic = await created(session, 'ald')
    const elsewhere = '/no/such/directory'
    for (const version of versionsOf('AlterReplicaLogDirs')) {
      const ask = (label: string, path: string, name: string, partitions: number[]) =>
        session.send('AlterReplicaLogDirs', version, { dirs: [{ path, topics: [{ name, partitions }] }] }, { label })
      await session.send('AlterReplicaLogDirs', version, { dirs: [] }, { label: 'nothing' })
      await ask('no such directory', elsewhere, topic, [0, 1])
      await ask('no such directory, no such topic', elsewhere, 'ald-none', [0])
      await ask('no such directory, too long a name', elsewhere, 'x'.repeat(249), [0])
      await ask('no such partition', elsewhere, topic, [7, -1])
    }
  },
}

const alterAside: Scenario = {
  name: 'log directories: AlterReplicaLogDirs to where it is',
  async run(session) {
    const topic = await created(session, 'ald-own')
    const path = await ownPath(session)
    for (const name of [topic, 'ald-own-none']) {
      const body = { dirs: [{ path, topics: [{ name, partitions: [0, 5] }] }] }
      await session.aside.send('AlterReplicaLogDirs', 2, body)
      session.keepLast()
    }
  },
}

export const logDirScenarios: Scenario[] = [alter, alterAside]
