/** Karapace and samsa's registry on one `_schemas`: one after the other, either way, and turn about. */
import assert from 'node:assert/strict'
import { type BrokerProcess, freePorts } from '../../support/broker.ts'
import { samsaBroker } from '../../support/samsa.ts'
import type { Case, CaseContext } from '../../support/suite.ts'
import { eventually } from '../../support/wait.ts'
import { answersOf } from './answers.ts'
import { change, SUBJECTS } from './changes.ts'
import { compare, DEVIATIONS } from './deviations.ts'
import { ask } from './http.ts'
import { type Checkout, Karapace, karapaceCheckout } from './process.ts'

type Run = (world: World) => Promise<void>

interface World {
  readonly broker: BrokerProcess
  /** Where samsa's registry is: it reads nothing before its first request. */
  readonly url: string
  startKarapace(): Promise<Karapace>
}

export function karapaceCases(): Case[] {
  const checkout = karapaceCheckout()
  if ('missing' in checkout) {
    console.error(`registry: ${checkout.missing}`)
    return []
  }
  const cases: Record<string, Run> = {
    'Karapace: samsa answers for all that Karapace has written': karapaceFirst,
    'Karapace: it answers for all that samsa has written': samsaFirst,
    'Karapace: turn about with samsa, ids are unique and nothing is lost': turnAbout,
  }
  return Object.entries(cases).map(([name, run]) => ({
    name,
    timeoutMs: 300_000,
    run: async (context) => run(await worldOf(context, checkout)),
  }))
}

/** A broker of the case alone, so that `_schemas` is empty and ids are the same in every run. */
async function worldOf(context: CaseContext, checkout: Checkout): Promise<World> {
  const url = `http://127.0.0.1:${(await freePorts(1))[0]}`
  const broker = await samsaBroker({ properties: { 'samsa.schema.registry.listeners': url } })
  context.after(() => broker.dispose())
  await broker.start()
  const startKarapace = async () => {
    const karapace = await Karapace.start(checkout, broker)
    context.after(() => karapace.stop())
    return karapace
  }
  return { broker, url, startKarapace }
}

async function karapaceFirst({ broker, url, startKarapace }: World): Promise<void> {
  const karapace = await startKarapace()
  await change(karapace.url)
  const theirs = await answersOf(karapace.url, SUBJECTS)
  await karapace.stop()
  await broker.stop()
  await broker.start()
  const met = compare(theirs, await answersOf(url, SUBJECTS))
  for (const each of DEVIATIONS)
    assert.ok(met.has(each), `this is not so any more, take it off the list: ${each.reason}`)
}

async function samsaFirst({ broker, url, startKarapace }: World): Promise<void> {
  await change(url)
  // Karapace passes by the records of modes.
  const mode = await ask(url, 'PUT', '/mode/copy2', { mode: 'READONLY' })
  assert.equal(mode.status, 200)
  const ours = await answersOf(url, SUBJECTS)
  await broker.stop()
  await broker.start()
  const karapace = await startKarapace()
  compare(await answersOf(karapace.url, SUBJECTS), ours)
}

const TURNS = 12

/** Karapace looks for no other writer, so that each waits until the other has read what came before. */
async function turnAbout({ broker, url, startKarapace }: World): Promise<void> {
  const karapace = await startKarapace()
  const given = new Map<number, string>()
  const subjects = ['shared']
  const versions: number[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    const [writer, other] = turn % 2 === 0 ? [karapace.url, url] : [url, karapace.url]
    const own = `turn-${turn}`
    subjects.push(own)
    for (const [subject, schema, schemaType] of [
      [own, sortedSchema(own), 'JSON'],
      ['shared', recordOf(turn), 'AVRO'],
    ] as const) {
      const id = await register(writer, subject, schema, schemaType)
      assert.ok(!given.has(id), `id ${id} was given to ${given.get(id)} and to ${schema}`)
      given.set(id, schema)
      await hasRead(other, subject, id)
      // A schema that is there has its id with either of them.
      assert.equal(await register(other, subject, schema, schemaType), id)
      if (subject === 'shared') versions.push(id)
    }
    // Each deletes a version that the other has written.
    if (turn % 4 > 1) await remove(writer, other, `/subjects/turn-${turn - 1}/versions/1`)
  }
  assert.equal(Math.max(...given.keys()), 2 * TURNS, 'no id is passed over')
  compare(await answersOf(karapace.url, subjects), await answersOf(url, subjects))
  await writeInOtherWords(karapace.url, url)
  const before = await answersOf(url, subjects)
  await karapace.stop()
  await broker.stop()
  await broker.start()
  assert.deepEqual(await answersOf(url, subjects), before, 'samsa answers as before after a start')
  for (const [id, schema] of given) {
    const found = await ask(url, 'GET', `/schemas/ids/${id}`)
    const { schema: text } = found.body as { schema: string }
    assert.deepEqual(JSON.parse(text), JSON.parse(schema), `the schema of id ${id}`)
  }
  const all = await Promise.all(
    versions.map((_, index) => ask(url, 'GET', `/subjects/shared/versions/${index + 1}?deleted=true`)),
  )
  assert.deepEqual(
    all.map(({ body }) => (body as { id: number }).id),
    versions,
  )
}

const recordOf = (fields: number) =>
  JSON.stringify({
    type: 'record',
    name: 'Shared',
    fields: Array.from({ length: fields }, (_, index) => ({ name: `f${index}`, type: 'int', default: index })),
  })

/** Karapace has the properties in this order as well. */
const sortedSchema = (title: string) => JSON.stringify({ title, type: 'object' })

/**
 * Karapace writes a schema with its properties sorted, also where it deletes one version of it or registers it under another
 * subject. Where that is another text than the one that has the id, the record is void, for Confluent's registry as for
 * samsa's (KafkaStoreMessageHandler).
 */
async function writeInOtherWords(karapace: string, samsa: string): Promise<void> {
  const version = '/subjects/shared/versions/2'
  assert.equal((await ask(karapace, 'DELETE', version)).status, 200)
  const { body } = await ask(samsa, 'GET', '/subjects/shared/versions/4')
  assert.equal(await register(karapace, 'elsewhere', recordOf(3), 'AVRO'), (body as { id: number }).id)
  await hasRead(samsa, 'after', await register(karapace, 'after', '"string"', 'AVRO'))
  assert.equal((await ask(samsa, 'GET', version)).status, 200)
  assert.equal((await ask(samsa, 'GET', '/subjects/elsewhere/versions')).status, 404)
  // The record that deletes a subject has no schema in it.
  await remove(karapace, samsa, '/subjects/shared', '/subjects/shared/versions')
}

async function register(url: string, subject: string, schema: string, schemaType: string): Promise<number> {
  const { status, body } = await ask(url, 'POST', `/subjects/${subject}/versions`, { schema, schemaType })
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { id: number }).id
}

const hasRead = (url: string, subject: string, id: number) =>
  eventually(`the other reads id ${id}`, async () => {
    const { body } = await ask(url, 'GET', `/subjects/${subject}/versions/latest`)
    return (body as { id?: number }).id === id
  })

async function remove(writer: string, other: string, path: string, gone = path): Promise<void> {
  const { status, body } = await ask(writer, 'DELETE', path)
  assert.equal(status, 200, JSON.stringify(body))
  await eventually(`the other reads that ${path} is gone`, async () => (await ask(other, 'GET', gone)).status === 404)
}
