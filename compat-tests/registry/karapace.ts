/**
 * Karapace on the same topic: it reads our schemas, and we read its. Its package is in no registry, so it runs where
 * KARAPACE names the command that starts it, such as `.venv/bin/python -m karapace` in a checkout.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts } from '../support/broker.ts'
import { endWithThisProcess } from '../support/children.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'

const JSON_TYPE = 'application/vnd.schemaregistry.v1+json'

async function ask<Answer>(method: string, url: string, body?: object): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': JSON_TYPE, accept: JSON_TYPE },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${text}`)
  return JSON.parse(text) as Answer
}

const record = (name: string, ...fields: object[]) => JSON.stringify({ type: 'record', name, fields })

export async function karapaceCases(url: string): Promise<Case[]> {
  const command = process.env.KARAPACE
  if (command === undefined) {
    console.error('registry: KARAPACE names no command that starts Karapace; the case with it is left out')
    return []
  }
  return [
    {
      name: 'Karapace on the same topic reads what was registered here, and what it registers is read here',
      timeoutMs: 120_000,
      run: (context) => together(context, url, command),
    },
  ]
}

async function together(context: CaseContext, url: string, command: string): Promise<void> {
  const avro = context.unique('avro')
  const json = context.unique('json')
  const protobuf = context.unique('protobuf')
  const gone = context.unique('gone')
  const register = (at: string, subject: string, body: object) =>
    ask<{ id: number }>('POST', `${at}/subjects/${subject}/versions`, body)
  await register(url, avro, { schema: record('A') })
  await register(url, avro, { schema: record('A', { name: 'f', type: 'int', default: 1 }) })
  await register(url, json, { schemaType: 'JSON', schema: '{"type":"object"}' })
  await register(url, protobuf, {
    schemaType: 'PROTOBUF',
    schema: 'syntax = "proto3";\nmessage P {\n  int32 a = 1;\n}\n',
  })
  await register(url, gone, { schema: '"string"' })
  await ask('DELETE', `${url}/subjects/${gone}`)
  await ask('PUT', `${url}/config/${avro}`, { compatibility: 'FULL' })
  const theirs = await startKarapace(context, command)
  const subjects = [avro, json, protobuf]
  await eventually('Karapace has read the topic', async () => {
    const known = await ask<string[]>('GET', `${theirs}/subjects`).catch((): string[] => [])
    return subjects.every((subject) => known.includes(subject)) && !known.includes(gone)
  })
  await sameVersions(url, theirs, subjects)
  assert.deepEqual(await ask('GET', `${theirs}/config/${avro}`), { compatibilityLevel: 'FULL' })
  const mine = context.unique('of-karapace')
  const first = await eventually('Karapace may write', () =>
    register(theirs, mine, { schema: record('K') }).catch(() => null),
  )
  // Karapace writes its properties in an order of its own, so that the texts are two and the schema is one.
  const found = await ask<{ id: number }>('POST', `${url}/subjects/${mine}`, { schema: record('K') })
  assert.equal(found.id, first.id, 'what Karapace has registered is found here')
  const next = await register(url, mine, { schema: record('K', { name: 'f', type: 'int', default: 1 }) })
  assert.ok(next.id > first.id)
  const last = await eventually('Karapace has read that', async () => {
    const { id } = await register(theirs, mine, { schema: record('K', { name: 'g', type: 'int', default: 1 }) })
    return id > next.id ? id : null
  })
  assert.ok(last > next.id)
  await sameVersions(url, theirs, [...subjects, mine])
}

async function sameVersions(ours: string, theirs: string, subjects: readonly string[]): Promise<void> {
  for (const subject of subjects) {
    const versions = await ask<number[]>('GET', `${ours}/subjects/${subject}/versions`)
    assert.deepEqual(await ask('GET', `${theirs}/subjects/${subject}/versions`), versions)
    for (const version of versions) {
      const [our, their] = await Promise.all(
        [ours, theirs].map((at) =>
          ask<{ id: number; schema: string }>('GET', `${at}/subjects/${subject}/versions/${version}`),
        ),
      )
      assert.deepEqual([their!.id, meaning(their!.schema)], [our!.id, meaning(our!.schema)])
    }
  }
}

/** Schemas of JSON without their spaces, those of Protobuf with as many as anybody has. */
function meaning(schema: string): unknown {
  try {
    return JSON.parse(schema)
  } catch {
    return schema.replaceAll(/\s+/g, ' ').trim()
  }
}

async function startKarapace(context: CaseContext, command: string): Promise<string> {
  const [port] = await freePorts(1)
  const [program = '', ...args] = command.split(' ')
  const child = spawn(program, args, {
    stdio: 'ignore',
    env: {
      ...process.env,
      KARAPACE_BOOTSTRAP_URI: context.broker.bootstrapServers,
      KARAPACE_HOST: '127.0.0.1',
      KARAPACE_PORT: String(port),
      KARAPACE_ADVERTISED_HOSTNAME: '127.0.0.1',
    },
  })
  endWithThisProcess(child)
  context.after(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  })
  return `http://127.0.0.1:${port}`
}
