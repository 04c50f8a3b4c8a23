/** Share groups and streams groups in a data directory: whoever starts on it goes on where the broker before has stopped. */
import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { judgeDataDirectory } from '../dump-log/judge.ts'
import type { BrokerOptions, BrokerProcess } from '../support/broker.ts'
import type { JavaServer } from '../support/java.ts'
import type { Case } from '../support/suite.ts'

/** Snapshots of states, what is pruned behind them, and members that are given up, all within seconds. */
const OPTIONS: BrokerOptions = {
  properties: {
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.num.partitions': '3',
    'share.coordinator.state.topic.num.partitions': '3',
    'share.coordinator.snapshot.update.records.per.snapshot': '9',
    'share.coordinator.state.topic.prune.interval.ms': '2000',
    'group.share.min.session.timeout.ms': '5000',
    'group.share.session.timeout.ms': '8000',
    'group.share.min.heartbeat.interval.ms': '500',
    'group.share.heartbeat.interval.ms': '1000',
    'group.streams.min.session.timeout.ms': '5000',
    'group.streams.session.timeout.ms': '12000',
    'group.streams.min.heartbeat.interval.ms': '500',
    'group.streams.heartbeat.interval.ms': '1000',
    'group.streams.initial.rebalance.delay.ms': '0',
  },
}
const LONGEST_START_MS = 180_000
const LONGEST_TURN_MS = 240_000

type Start = (options: BrokerOptions) => Promise<BrokerProcess>
type Program = 'QueueTurn' | 'StreamsTurn'

export interface GroupRelay {
  readonly program: Program
  readonly products: readonly string[]
  readonly starts: readonly Start[]
  /** SIGKILL at the end of each turn, while records are held and tasks are at work, in place of a clean stop. */
  readonly kill: boolean
}

const SUBJECTS: Readonly<Record<Program, string>> = {
  QueueTurn: 'queues of share groups',
  StreamsTurn: 'streams groups',
}

/** One directory that goes from broker to broker; the members find their groups as the ledger of the turns before has them. */
export function groupRelay(java: JavaServer, { program, products, starts, kill }: GroupRelay): Case {
  return {
    name: `${SUBJECTS[program]}: ${products.join(', then ')}${kill ? ', each killed' : ''}`,
    only: 'samsa',
    timeoutMs: 900_000,
    async run({ after, broker: { home }, unique }) {
      const ledger = join(home, `${unique('ledger')}.json`)
      let dataFrom: string | undefined
      after(() => java.run(program, ['abandon']))
      for (const [round, start] of starts.entries()) {
        const broker = await start({ ...OPTIONS, dataFrom })
        after(() => broker.dispose())
        await broker.start({ timeoutMs: LONGEST_START_MS })
        const end = kill ? 'kill' : 'stop'
        await say(java, program, [
          'work',
          broker.bootstrapServers,
          ledger,
          String(round),
          end,
          join(home, unique('state')),
        ])
        if (kill) {
          await broker.kill()
          await say(java, program, ['abandon'])
        } else {
          assert.notEqual(await broker.stop(), null, `${products[round]} does not stop`)
          if (products[round] === 'samsa') await judge(java, broker)
        }
        dataFrom = broker.dataDirectory
      }
    },
  }
}

async function say(java: JavaServer, program: Program, args: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await java.run(program, args, { limitMs: LONGEST_TURN_MS })
  assert.equal(exitCode, 0, stdout + stderr)
}

/** Apache's own reader, with its decoders of the coordinators' records, finds nothing wrong in samsa's files. */
async function judge(java: JavaServer, broker: BrokerProcess): Promise<void> {
  const copy = join(broker.home, 'judged')
  await cp(broker.dataDirectory, copy, { recursive: true })
  const { findings } = await judgeDataDirectory(java, copy)
  assert.deepEqual(findings, [])
}
