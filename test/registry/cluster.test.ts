/** Schema registries on several brokers: changes through any of them are made by the one that leads `_schemas`. */
import t from 'tap'
import { type RunningCluster, startCluster } from '../../src/index.ts'

t.setTimeout(120_000)

const schemaOf = (name: string) => JSON.stringify({ schema: `{"type":"record","name":"${name}","fields":[]}` })

interface Answer {
  readonly status: number
  readonly body: { id?: number; error_code?: number; message?: string }
}

async function ask(url: string, method: string, path: string, body?: string): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const register = (url: string, name: string) => ask(url, 'POST', `/subjects/${name}/versions`, schemaOf(name))

/** Clients of every registry that register one schema after another; what was answered stays with them. */
class Clients {
  readonly acknowledged = new Map<string, number>()
  readonly codes = new Set<number>()
  readonly #cluster: RunningCluster
  readonly #atWork: readonly Promise<void>[]
  #isOver = false

  constructor(cluster: RunningCluster) {
    this.#cluster = cluster
    this.#atWork = cluster.brokers.map(({ id }) => this.#work(id))
  }

  async #work(id: number): Promise<void> {
    const broker = this.#cluster.broker(id)
    for (let turn = 0; !this.#isOver; turn++) {
      await this.#cluster.until(() => broker.isRunning || this.#isOver, { timeoutMs: 60_000 })
      const name = `of${id}n${turn}`
      const answer = await register(broker.schemaRegistryUrl ?? '', name).catch(() => null)
      if (answer?.status === 200 && answer.body.id !== undefined) this.acknowledged.set(name, answer.body.id)
      else if (answer !== null) this.codes.add(answer.body.error_code ?? answer.status)
    }
  }

  /** Resolves when so many more are registered. */
  grown(by: number): Promise<void> {
    const from = this.acknowledged.size
    return this.#cluster.until(() => this.acknowledged.size >= from + by, { timeoutMs: 60_000 })
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#atWork)
  }
}

t.test('changes through any registry have ids of their own, and none is lost when the leader dies', async (t) => {
  const config = { 'broker.session.timeout.ms': 3_000 }
  await using cluster = await startCluster({ brokers: 4, registry: true, config })
  const clients = new Clients(cluster)
  await clients.grown(10)
  const leader = cluster.leader('_schemas', 0) ?? 0
  await cluster.kill(leader)
  await clients.grown(10)
  await cluster.restart(leader)
  await clients.grown(10)
  await clients.stop()
  const { acknowledged, codes } = clients
  t.equal(new Set(acknowledged.values()).size, acknowledged.size, 'no id was given twice')
  const other = [...codes].filter((code) => ![503, 50001, 50002, 50003, 50004].includes(code))
  t.same(other, [], 'errors say that the store, or the leader, could not be had')
  // One of the four has no replica, and answers as the others do.
  for (const url of cluster.schemaRegistryUrls) {
    const isThere = async (name: string, id: number) =>
      (await ask(url, 'GET', `/subjects/${name}/versions/1`)).body.id === id
    for (const [name, id] of acknowledged) await cluster.until(() => isThere(name, id), { timeoutMs: 30_000 })
    await cluster.until(async () => (await register(url, 'again')).status === 200, { timeoutMs: 30_000 })
    t.match(await ask(url, 'POST', '/subjects/again/versions', '{"schema":"{"}'), { body: { error_code: 42201 } })
    t.equal((await ask(url, 'GET', '/nothing')).status, 404)
  }
})
