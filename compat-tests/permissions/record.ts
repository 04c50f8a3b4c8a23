/**
 * Writes test/golden/permissions/table.json: what Apache Kafka asks its authorizer for each request of the judges, and with
 * which errors it answers. Needs a JDK.
 *
 *     node --import=tsx compat-tests/permissions/record.ts
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { common, coordinatorsReady, STARTED_WITHIN_MS } from '../diff/brokers.ts'
import { securedApache } from '../diff/secured/brokers.ts'
import { Session } from '../diff/session.ts'
import { compileJava } from '../support/java.ts'
import { type Recorded, sendAll, type Table, tableOf } from './recording.ts'
import { requests } from './requests/index.ts'
import { createAcls } from './secured.ts'
import { makeWorld } from './world.ts'

const FILE = join(repositoryRoot, 'test/golden/permissions/table.json')

async function record(folder: string): Promise<Table> {
  const kafka = await apacheKafka()
  if (!kafka.ok) throw new Error(kafka.reason)
  const classes = await compileJava(kafka.tool, [join(import.meta.dirname, 'RecordingAuthorizer.java')])
  const file = join(folder, 'asked.txt')
  const authorizer = { 'authorizer.class.name': 'RecordingAuthorizer', 'recording.authorizer.file': file }
  const apache = await securedApache({ ...common, ...authorizer }, classes)
  await apache.broker.start({ timeoutMs: STARTED_WITHIN_MS })
  try {
    await coordinatorsReady(apache)
    const session = new Session(apache.broker, 'record', apache.reach)
    await createAcls(session)
    const token = await makeWorld(session)
    await session.learnTopicIds()
    const recorded: Recorded[] = []
    for (const api of Object.keys(requests)) {
      await sendAll({ session, token, count: 0 }, api, { answered: (request) => recorded.push(request) })
      console.error(`${api}: ${recorded.length} requests so far`)
    }
    session.close()
    return tableOf(recorded, await askedOf(file))
  } finally {
    await apache.broker.dispose()
  }
}

async function askedOf(file: string): Promise<Map<string, Set<string>>> {
  const asked = new Map<string, Set<string>>()
  for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) {
    const [clientId = '', question = ''] = line.split('\t')
    const questions = asked.get(clientId) ?? new Set()
    asked.set(clientId, questions.add(question))
  }
  return asked
}

/** One row a line. */
function textOf(table: Table): string {
  const apis = Object.entries(table).map(([api, rows]) => {
    const lines = rows.map((row) => `    ${JSON.stringify(row)}`)
    return `  ${JSON.stringify(api)}: [\n${lines.join(',\n')}\n  ]`
  })
  return `{\n${apis.join(',\n')}\n}\n`
}

const folder = await mkdtemp(join(tmpdir(), 'recording-'))
try {
  await writeFile(FILE, textOf(await record(folder)))
} finally {
  await rm(folder, { recursive: true, force: true })
}
