/**
 * Registries on one log that write at once, die in the middle of it and begin again, while the log is compacted under them:
 * whatever was answered is there, an id stands for one schema, and a schema has one id. One story for each seed.
 */
import t from 'tap'
import { SeededRandom } from '../../proof/sim/random.ts'
import {
  AnotherWriter,
  type RecordToStore,
  type SchemasLog,
  type StoredRecord,
} from '../../src/registry/schemas-log.ts'
import { type Ask, record, startedRegistry } from './support.ts'

const MACHINES = 3
const CLIENTS = 4
const REQUESTS = 12
const SUBJECTS = 3
const SCHEMAS = 8
/** The inner loop tells a few stories; `make test` tells many, and looks for the planted bugs. */
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? 2)
const skip = process.env.SAMSA_SIM_SEEDS === undefined ? 'SAMSA_SIM_SEEDS says how many seeds to try' : false

/** The bugs that are planted on purpose. */
interface Flaws {
  /** Any registry may append, whoever took over since. */
  readonly noFence?: boolean
  /** A death takes the last record along, whoever was told of it. */
  readonly forgets?: boolean
}

/** A log that outlives the registries, with the moments at which one of them may die. */
class MortalLog {
  readonly #random: SeededRandom
  readonly #flaws: Flaws
  #records: StoredRecord[] = []
  #end = 0
  #writer = 0

  constructor(random: SeededRandom, flaws: Flaws) {
    this.#random = random
    this.#flaws = flaws
  }

  /** Other promises get on meanwhile, more or fewer of them. */
  async pause(): Promise<void> {
    for (let turns = this.#random.integer(12); turns > 0; turns--) await null
  }

  /** The log as one life of a registry sees it. The dead are answered nothing. */
  view(life: Life): SchemasLog {
    let epoch = 0
    const { noFence = false } = this.#flaws
    const unlessDead = <T>(value: T): T | Promise<never> => (life.isOver ? new Promise<never>(() => {}) : value)
    return {
      end: async () => {
        await this.pause()
        return unlessDead({ offset: this.#end, logId: 'one' })
      },
      read: async (offset) => {
        await this.pause()
        const most = 1 + this.#random.integer(20)
        const records = this.#records.filter((each) => each.offset >= offset).slice(0, most)
        const next = records.length < most ? this.#end : (records.at(-1)?.offset ?? 0) + 1
        return unlessDead({ records, next })
      },
      takeOver: async () => {
        epoch = ++this.#writer
        await this.pause()
        return unlessDead(undefined)
      },
      append: async (records) => {
        await this.pause()
        if (this.#random.chance(0.06)) this.#kill(life)
        if (life.isOver) return unlessDead(0)
        if (!noFence && epoch !== this.#writer) throw new AnotherWriter()
        const first = this.#write(records)
        if (this.#random.chance(0.06)) this.#kill(life)
        if (this.#random.chance(0.04)) throw new Error('nobody knows whether it was written')
        await this.pause()
        return unlessDead(first)
      },
    }
  }

  /** The last record of each key stays where it is; the newest records are in a segment that is not compacted. */
  compact(): void {
    const open = this.#random.integer(3)
    const closed = this.#records.slice(0, this.#records.length - open)
    const last = new Map(closed.map(({ key, offset }) => [String(key), offset]))
    const kept = closed.filter(({ key, offset }) => last.get(String(key)) === offset)
    this.#records = [...kept, ...this.#records.slice(closed.length)]
  }

  get size(): { readonly kept: number; readonly end: number } {
    return { kept: this.#records.length, end: this.#end }
  }

  #kill(life: Life): void {
    life.end()
    if (this.#flaws.forgets) this.#records.pop()
  }

  #write(records: readonly RecordToStore[]): number {
    const first = this.#end
    for (const { key, value } of records) {
      const bytes = value === null ? null : Buffer.from(value)
      this.#records.push({ offset: this.#end++, timestampMs: 1_000, key: Buffer.from(key), value: bytes })
    }
    return first
  }
}

/** One life of the process of a registry. */
class Life {
  isOver = false
  end: () => void = () => {}
  readonly over = new Promise<null>((resolve) => {
    this.end = () => {
      this.isOver = true
      resolve(null)
    }
  })
}

/** A machine on which a registry is started again whenever it has died. */
class Machine {
  readonly #log: MortalLog
  #life = new Life()
  #ask: Promise<Ask>
  deaths = 0

  constructor(log: MortalLog) {
    this.#log = log
    this.#ask = this.#start()
  }

  async #start(): Promise<Ask> {
    return (await startedRegistry(this.#log.view(this.#life))).ask
  }

  /** The body of an answer with 200; null: the registry died, or nobody knows what it has done. */
  async request(request: string, body: unknown): Promise<{ id: number } | null> {
    const life = this.#life
    const answer = await Promise.race([this.#ask.then((ask) => ask(request, body)), life.over])
    if (life.isOver && this.#life === life) {
      this.deaths++
      this.#life = new Life()
      this.#ask = this.#start()
    }
    return answer === null || answer.status !== 200 ? null : answer.body
  }
}

interface Registered {
  readonly subject: string
  readonly schema: string
  readonly id: number
}

interface Story {
  /** Sentences that contradict what was answered; empty: it is all true. */
  readonly problems: readonly string[]
  readonly answered: number
  readonly deaths: number
  readonly compacted: number
}

async function story(seed: number, flaws: Flaws = {}): Promise<Story> {
  const random = new SeededRandom(seed)
  const log = new MortalLog(random.stream('log'), flaws)
  const machines = Array.from({ length: MACHINES }, () => new Machine(log))
  const registered: Registered[] = []
  const client = async (own: SeededRandom): Promise<void> => {
    for (let turn = 0; turn < REQUESTS; turn++) {
      await log.pause()
      if (own.chance(0.3)) log.compact()
      const machine = own.pick(machines)
      const subject = `s${own.integer(SUBJECTS)}`
      if (own.chance(0.3)) {
        await machine.request(`PUT /config/${subject}`, { compatibility: 'NONE' })
        continue
      }
      const schema = record({ name: `f${own.integer(SCHEMAS)}`, type: 'int' })
      const answer = await machine.request(`POST /subjects/${subject}/versions`, { schema })
      if (answer !== null) registered.push({ subject, schema, id: answer.id })
    }
  }
  await machines[0]?.request('PUT /config', { compatibility: 'NONE' })
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(random.stream(`client ${index}`))))
  const problems = await judge(log, registered)
  log.compact()
  problems.push(...(await judge(log, registered)))
  const { kept, end } = log.size
  const deaths = machines.reduce((sum, each) => sum + each.deaths, 0)
  return { problems, answered: registered.length, deaths, compacted: end - kept }
}

/** Asks a registry that begins now. */
async function judge(log: MortalLog, registered: readonly Registered[]): Promise<string[]> {
  const { ask } = await startedRegistry(log.view(new Life()))
  const problems: string[] = []
  for (const { subject, schema, id } of registered) {
    const byId = await ask(`GET /schemas/ids/${id}`)
    if (byId.body.schema !== schema)
      problems.push(`id ${id} was given to ${schema}, and is ${JSON.stringify(byId.body)}`)
    const bySubject = await ask(`POST /subjects/${subject}`, { schema })
    if (bySubject.body.id !== id) problems.push(`${schema} in ${subject} was ${id}, and is ${bySubject.body.id}`)
  }
  const all: Registered[] = (await ask('GET /schemas?limit=-1')).body
  for (const [one, other] of [
    ['id', 'schema'],
    ['schema', 'id'],
  ] as const) {
    const pairs = new Set(all.map((each) => `${each[one]} ${each[other]}`))
    if (pairs.size !== new Set(all.map((each) => each[one])).size) problems.push(`an ${one} stands for two`)
  }
  return problems
}

t.test('whatever was answered is there, whoever died and whatever was compacted', async (t) => {
  const totals = { answered: 0, deaths: 0, compacted: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { problems, answered, deaths, compacted } = await story(seed)
    t.same(problems, [], `seed ${seed}`)
    totals.answered += answered
    totals.deaths += deaths
    totals.compacted += compacted
  }
  t.comment(JSON.stringify(totals))
  t.ok(totals.answered > SEEDS && totals.deaths > SEEDS && totals.compacted > SEEDS, 'the stories have all of it')
})

const BUGS: Readonly<Record<string, Flaws>> = {
  'registries that do not fence each other': { noFence: true },
  'a log that forgets what it was the last to write': { forgets: true },
}

for (const [name, flaws] of Object.entries(BUGS)) {
  t.test(`finds ${name}`, { skip }, async (t) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { problems } = await story(seed, flaws)
      if (problems.length === 0) continue
      t.comment(`seed ${seed}: ${problems[0]}`)
      return
    }
    t.fail(`not within ${SEEDS} seeds`)
  })
}
