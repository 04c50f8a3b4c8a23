import { clusterCommand } from '../definition/cluster-command.ts'
import { InvalidValue } from '../definition/command.ts'
import { collect } from '../definition/values.ts'
import { parseDuration } from '../records/place.ts'

const LEAST_MS = 100

function parseInterval(text: string): number {
  const ms = parseDuration(text)
  if (ms < LEAST_MS) throw new InvalidValue(`Expected ${LEAST_MS}ms or more.`)
  return ms
}

/** `samsa top`: a cluster at work, live in the terminal. */
export const top = clusterCommand({
  name: 'top',
  summary: 'show topics, groups and clients by their rates, live in the terminal',
  details: `
Keys: q quits; t, g and c show topics, groups or clients alone, a all of them; s orders by rate, amount (size, lag, connections)
or name; arrows and j, k scroll; space pauses; + and - change the interval.

Where brokers are samsa and their HTTP (samsa.http.listeners) is in reach, at port 9644 of each or where --http says, bytes, sizes
and every client are shown, from /metrics. To addresses of --http the login of --user is given, or the token in
SAMSA_HTTP_TOKEN. Any other cluster is seen through its offsets: records of topics, groups with their lag, and clients that are
members of groups.

--json prints an object at each interval: {"time", "by", "brokers", "topics", "groups", "clients"}.`,
  examples: [
    'samsa top',
    ['samsa top --interval 500ms -b broker-1:9092', 'twice a second'],
    ["samsa top --once --json | jq '.topics[0]'", 'the topic with the highest rate'],
  ],
  options: [
    { flags: '-i, --interval <time>', description: 'how often to look, as 500ms (default: 2s)', parse: parseInterval },
    { flags: '--once', description: 'print the rates of one interval, and end' },
    { flags: '--internal', description: "Kafka's own topics as well" },
    {
      flags: '--http <url>',
      description: 'where a broker of samsa serves HTTP; once for each of them',
      parse: collect,
    },
  ],
  load: async () => (await import('../top/top.ts')).top,
})
