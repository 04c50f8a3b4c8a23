/** `samsa top`: looks at the cluster again and again, and shows it until somebody has seen enough. */
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { type Answer, tableSection } from '../print/answer.ts'
import { styleFor } from '../print/style.ts'
import { Show } from './show.ts'
import { type Rates, ratesOf, type Source } from './snapshot.ts'
import { openSource } from './source.ts'
import { processTerminal } from './terminal.ts'
import { CLIENT_TABLE, GROUP_TABLE, ordered, TOPIC_TABLE, tableOf } from './view.ts'

const INTERVAL_MS = 2_000

export interface TopOptions {
  readonly interval?: number
  readonly once?: boolean
  readonly internal?: boolean
  readonly http?: readonly string[]
  readonly user?: string
}

export async function top(context: CommandContext<TopOptions>): Promise<Answer | number> {
  const { client, environment, options, output } = context
  const everyMs = options.interval ?? INTERVAL_MS
  const { clock } = environment
  const isShown = !options.once && !options.json
  if (isShown && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new UsageError('samsa top wants a terminal: give --once, or --json for a line at each interval')
  }
  const http = { urls: options.http ?? [], authorization: authorizationOf(options) }
  const source = visible(await openSource(client, clock, http), options)
  if (isShown) {
    const servers =
      options.bootstrapServer ?? (await client.brokers()).map(({ host, port }) => `${host}:${port}`).join(',')
    const style = styleFor(process.stdout)
    return new Show(processTerminal(), { source, clock, servers, everyMs, style }).run()
  }
  let before = await source.look()
  do {
    await client.pause(everyMs)
    const now = await source.look()
    const rates = inOrder(ratesOf(before, now))
    if (!options.json) return answerOf(rates)
    await output.json({ time: new Date(clock.nowMs()).toISOString(), by: source.by, ...rates })
    await output.flush()
    before = now
  } while (!options.once)
  return 0
}

/** A token of samsa's HTTP, else the login of the options. */
function authorizationOf({ user }: TopOptions): string | null {
  const token = process.env.SAMSA_HTTP_TOKEN
  if (token !== undefined) return `Bearer ${token}`
  if (user === undefined) return null
  const login = user.includes(':') ? user : `${user}:${process.env.SAMSA_PASSWORD ?? ''}`
  return `Basic ${Buffer.from(login).toString('base64')}`
}

/** Kafka's own topics are left out unless they are asked for. */
function visible(source: Source, { internal }: TopOptions): Source {
  if (internal) return source
  const isOwn = ({ topic }: { topic: string }) => topic.startsWith('__')
  return {
    by: source.by,
    look: async () => {
      const snapshot = await source.look()
      return { ...snapshot, topics: snapshot.topics.filter((each) => !isOwn(each)) }
    },
  }
}

const inOrder = ({ brokers, topics, groups, clients }: Rates): Rates => ({
  brokers,
  topics: ordered(topics, 'rate', TOPIC_TABLE.numbers),
  groups: ordered(groups, 'rate', GROUP_TABLE.numbers),
  clients: ordered(clients, 'rate', CLIENT_TABLE.numbers),
})

const answerOf = ({ topics, groups, clients }: Rates): Answer => ({
  sections: [
    tableSection({ ...tableOf(topics, TOPIC_TABLE), empty: 'no topics' }),
    tableSection({ ...tableOf(groups, GROUP_TABLE), empty: 'no groups' }),
    tableSection({ ...tableOf(clients, CLIENT_TABLE), empty: 'no clients' }),
  ],
  json: [],
})
