/** Several registries on one log, registries that begin again, and logs that were compacted. */
import t from 'tap'
import { MemoryLog, record, startedRegistry } from './support.ts'

const schema = (name: string) => record({ name, type: 'int' })

t.test('two registries that write at once: ids are unique and none is lost', async (t) => {
  const log = new MemoryLog()
  const [one, other] = [await startedRegistry(log.view()), await startedRegistry(log.view())]
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? one : other).ask(`POST /subjects/s${index}/versions`, { schema: schema(`f${index}`) }),
    ),
  )
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 40)
  for (const { ask } of [one, other, await startedRegistry(log.view())]) {
    t.equal((await ask('GET /subjects')).body.length, 40)
    for (const [index, { body }] of answers.entries()) {
      t.equal((await ask(`GET /schemas/ids/${body.id}`)).body.schema, schema(`f${index}`))
    }
  }
})

t.test('two registries register the same schema at once: one id', async (t) => {
  const log = new MemoryLog()
  const [one, other] = [await startedRegistry(log.view()), await startedRegistry(log.view())]
  const answers = await Promise.all([
    one.ask('POST /subjects/a/versions', { schema: schema('f') }),
    other.ask('POST /subjects/a/versions', { schema: schema('f') }),
    other.ask('POST /subjects/b/versions', { schema: schema('f') }),
  ])
  t.same(
    answers.map(({ body }) => [body.id, body.version]),
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  )
})

t.test('a writer that knows no fences comes in between: its record stands, ours is written anew', async (t) => {
  const log = new MemoryLog()
  const { ask } = await startedRegistry(log.view({ fenced: false }))
  await ask('POST /subjects/a/versions', { schema: schema('first') })
  let isFirst = true
  log.beforeAppend = () => {
    if (!isFirst) return
    isFirst = false
    const theirs = { subject: 'a', version: 2, id: 2, schema: schema('theirs'), deleted: false }
    log.write([{ key: '{"keytype":"SCHEMA","subject":"a","version":2,"magic":1}', value: JSON.stringify(theirs) }])
  }
  await ask('PUT /config', { compatibility: 'NONE' })
  isFirst = true
  const { body } = await ask('POST /subjects/a/versions', { schema: schema('ours') })
  t.same([body.id, body.version], [3, 3])
  for (const reader of [log, log.compacted()]) {
    const again = await startedRegistry(reader.view())
    t.same((await again.ask('GET /subjects/a/versions')).body, [1, 2, 3])
    t.equal((await again.ask('GET /schemas/ids/2')).body.schema, schema('theirs'), 'also where the log was compacted')
    t.equal((await again.ask('GET /schemas/ids/3')).body.schema, schema('ours'))
  }
})

t.test('a log says the same before and after compaction', async (t) => {
  const log = new MemoryLog()
  const { ask } = await startedRegistry(log.view())
  await ask('PUT /config', { compatibility: 'NONE' })
  for (const name of ['a', 'b', 'c']) await ask('POST /subjects/x/versions', { schema: schema(name) })
  await ask('POST /subjects/gone/versions', { schema: schema('g') })
  await ask('DELETE /subjects/gone')
  await ask('DELETE /subjects/gone?permanent=true')
  await ask('DELETE /subjects/x/versions/2')
  await ask('PUT /config/x', { compatibility: 'FULL' })
  await ask('PUT /mode/x', { mode: 'READONLY' })
  await ask('POST /subjects/soft/versions', { schema: schema('s') })
  await ask('DELETE /subjects/soft')
  const questions = [
    'GET /subjects?deleted=true',
    'GET /subjects',
    'GET /subjects/x/versions?deletedAsNegative=true',
    'GET /subjects/soft/versions?deleted=true',
    'GET /config/x',
    'GET /config',
    'GET /mode/x',
    'GET /schemas/ids/2',
    'GET /schemas/ids/4',
  ]
  const again = await startedRegistry(log.compacted().view())
  for (const question of questions) {
    const [before, after] = [await ask(question), await again.ask(question)]
    // Offsets stand in for times here, and compaction moves them.
    t.same({ ...after.body, ts: 0 }, { ...before.body, ts: 0 }, question)
    t.equal(after.status, before.status)
  }
})

t.test('a topic that was deleted and created again is a new registry', async (t) => {
  const [before, after] = [new MemoryLog().view(), new MemoryLog().view()]
  let log = before
  let logId = 'before'
  const { ask } = await startedRegistry({
    end: async () => ({ offset: (await log.end()).offset, logId }),
    read: (offset) => log.read(offset),
    takeOver: () => log.takeOver(),
    append: (records) => log.append(records),
  })
  await ask('POST /subjects/a/versions', { schema: schema('a') })
  log = after
  logId = 'after'
  t.same((await ask('GET /subjects')).body, [])
  t.equal((await ask('POST /subjects/b/versions', { schema: schema('b') })).body.id, 1)
})

t.test('keys that another registry spelled otherwise are deleted as they were spelled', async (t) => {
  const log = new MemoryLog()
  log.write([{ key: '{"keytype":"CONFIG","subject":null,"magic":0}', value: '{"compatibilityLevel":"NONE"}' }])
  const { ask } = await startedRegistry(log.view())
  t.equal((await ask('GET /config')).body.compatibilityLevel, 'NONE')
  await ask('DELETE /config')
  t.equal(String(log.records.at(-1)?.key), '{"keytype":"CONFIG","subject":null,"magic":0}')
  const again = await startedRegistry(log.compacted().view())
  t.equal((await again.ask('GET /config')).body.compatibilityLevel, 'BACKWARD')
})

t.test('records that are none are passed over', async (t) => {
  const log = new MemoryLog()
  log.write([
    { key: 'no json', value: '{}' },
    { key: '{"keytype":"SCHEMA","subject":"a","version":1,"magic":1}', value: 'no json' },
    { key: '{"keytype":"LATER","magic":0}', value: '{}' },
    { key: '{"keytype":"NOOP","magic":0}', value: null },
  ])
  const { ask } = await startedRegistry(log.view())
  t.same((await ask('GET /subjects')).body, [])
})

t.test('an append of which nobody knows whether it happened is an error, and the next one reads first', async (t) => {
  const log = new MemoryLog()
  const view = log.view()
  let fails = true
  const { ask } = await startedRegistry({
    ...view,
    append: async (records) => {
      const offset = await view.append(records)
      if (!fails) return offset
      fails = false
      throw new Error('the disk is gone')
    },
  })
  const failed = await ask('POST /subjects/a/versions', { schema: schema('a') })
  t.same([failed.status, failed.body.error_code], [500, 50001])
  t.equal((await ask('POST /subjects/a/versions', { schema: schema('a') })).body.id, 1, 'it was written after all')
  t.same((await ask('GET /subjects/a/versions')).body, [1])
})
