/** SIGKILL in the middle of registrations and compaction: what was answered is there, and an id stands for one schema. */
import assert from 'node:assert/strict'
import { Kafka, logLevel } from 'kafkajs'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'

interface Registered {
  readonly subject: string
  readonly schema: string
  readonly id: number
}

const ROUNDS = 4
const WRITERS = 4
const KILL_AFTER = 30

export const killCases = (url: string): Case[] => [
  {
    name: 'SIGKILL in the middle of registrations: none is lost, and ids are unique',
    timeoutMs: 240_000,
    run: async (context) => {
      const registered: Registered[] = []
      for (let round = 0; round < ROUNDS; round++) await oneRound(context, url, round, registered)
      await isThere(url)
      await judge(url, registered)
    },
  },
  {
    name: 'SIGKILL in the middle of registrations while _schemas is compacted: none is lost, and ids are unique',
    timeoutMs: 240_000,
    run: async (context) => {
      const registered: Registered[] = []
      await isThere(url)
      await compactOften(context)
      for (let round = 0; round < ROUNDS; round++) await oneRound(context, url, round, registered)
      await isThere(url)
      await judge(url, registered)
      const { kept, end } = await recordsOf(context)
      assert.ok(kept < end, `_schemas was never compacted: it has ${kept} records, and ends at ${end}`)
    },
  },
]

const TOPIC = '_schemas'
const clientOf = ({ broker }: CaseContext) =>
  new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING })

/** A segment is closed at each write that comes a moment after the one before it, and cleaned at once. */
async function compactOften(context: CaseContext): Promise<void> {
  const admin = clientOf(context).admin()
  await admin.connect()
  const values = { 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.01' }
  const configEntries = Object.entries(values).map(([name, value]) => ({ name, value }))
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: TOPIC, configEntries }] })
  await admin.disconnect()
}

/** How many records the topic has, and where it ends. */
async function recordsOf(context: CaseContext): Promise<{ kept: number; end: number }> {
  const kafka = clientOf(context)
  const admin = kafka.admin()
  await admin.connect()
  const end = Number((await admin.fetchTopicOffsets(TOPIC))[0]?.high ?? 0)
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId: context.unique('reader') })
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
  let kept = 0
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { offset: string } }) => {
      kept++
      if (Number(message.offset) === end - 1) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return { kept, end }
}

/** Several write until the broker is killed under them; it starts again. */
async function oneRound(context: CaseContext, url: string, round: number, registered: Registered[]): Promise<void> {
  await isThere(url)
  const before = registered.length
  let isOver = false
  const write = async (writer: number) => {
    for (let turn = 0; !isOver; turn++) {
      // Some schemas are registered under two subjects by two writers at once.
      const subject = context.unique(`subject-${writer % 2}`)
      const schema = JSON.stringify({ type: 'fixed', name: `F${round}_${turn}_${writer >> 1}`, size: 1 + turn })
      const id = await register(url, subject, schema)
      if (id !== null) registered.push({ subject, schema, id })
      // The same key again and again is what compaction has to do with.
      await configure(url, subject, turn)
    }
  }
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  await eventually('some registrations', () => registered.length >= before + KILL_AFTER)
  await context.broker.kill()
  isOver = true
  await writing
  await context.broker.start()
}

/** null: nobody knows whether it was registered. */
async function register(url: string, subject: string, schema: string): Promise<number | null> {
  try {
    const answer = await fetch(`${url}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema }),
    })
    return answer.ok ? ((await answer.json()) as { id: number }).id : null
  } catch {
    return null
  }
}

/** Whether it was done matters to nobody. */
async function configure(url: string, subject: string, turn: number): Promise<void> {
  await fetch(`${url}/config/${subject.replace(/-?\d+$/, '')}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: turn % 2 === 0 ? 'FULL' : 'NONE' }),
  }).catch(() => {})
}

const isThere = (url: string) =>
  eventually('the registry answers', () =>
    fetch(`${url}/subjects`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )

async function judge(url: string, registered: readonly Registered[]): Promise<void> {
  const schemaOfId = new Map<number, string>()
  for (const { subject, schema, id } of registered) {
    assert.equal(schemaOfId.get(id) ?? schema, schema, `id ${id} stands for two schemas`)
    schemaOfId.set(id, schema)
    const version = (await (await fetch(`${url}/subjects/${subject}/versions/1`)).json()) as Registered
    assert.deepEqual([version.id, version.schema], [id, schema], `what was answered for ${subject}`)
  }
  const all = (await (await fetch(`${url}/schemas?limit=-1`)).json()) as Registered[]
  for (const { id, schema } of all) assert.equal(schemaOfId.get(id) ?? schema, schema, `id ${id} in the list`)
}
