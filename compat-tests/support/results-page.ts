import type { RecordedCase, RecordedClient, RecordedRun, ResultsRecord } from './recorded.ts'
import type { Product } from './report.ts'
import type { Verdict } from './run-suite.ts'

const introduction = `# What real clients find

Made by \`make compat REFERENCE=apache\`: every client drives samsa, and Apache Kafka beside it, each in a process of its
own. [results.json](results.json) has the same as data; a run that finds something failing which passed there fails.
A case that is *known* does not pass on samsa, for a reason that is given; it runs all the same, and must leave the list
when it passes. Cases marked • are the small part that \`make test\` runs.
`

/** RESULTS.md: the table, what does not pass and why, then every case. */
export function resultsPage(record: ResultsRecord): string {
  const clients = Object.entries(record)
  return [
    introduction,
    summary(clients),
    shortcomings(clients),
    '## The cases\n',
    ...clients.map(([name, client]) => caseList(name, client)),
  ].join('\n')
}

type Named = [name: string, client: RecordedClient]

const count = (cases: readonly RecordedCase[], product: Product, verdict: Verdict): number =>
  cases.filter((one) => one[product] === verdict).length

function summary(clients: readonly Named[]): string {
  const cells = (client: RecordedClient, product: Product): string[] => {
    const run = client.runs[product]
    if (run === undefined || run.skipped !== undefined) return ['–', '–', '–', '–']
    const verdicts: Verdict[] = ['passed', 'failed', 'known failure']
    const [passed, failed, known] = verdicts.map((verdict) => String(count(client.cases, product, verdict)))
    return [passed, failed, known, `${run.seconds} s`]
  }
  const rows = clients.map(([name, client]) => {
    const [passed, failed, known, time] = cells(client, 'samsa')
    const [apachePassed, apacheFailed, , apacheTime] = cells(client, 'apache')
    return [
      `[${name}](#${anchor(name)})`,
      client.version,
      passed,
      failed,
      known,
      time,
      apachePassed,
      apacheFailed,
      apacheTime,
    ]
  })
  const header = ['client', 'version', 'samsa: passed', 'failed', 'known', 'time', 'Apache: passed', 'failed', 'time']
  const rule = ['---', '---', ...header.slice(2).map(() => '--:')]
  const table = [header, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
  return `${table}\n\n${provenance(clients)}`
}

function provenance(clients: readonly Named[]): string {
  const runs = (product: Product) =>
    clients
      .map(([, client]) => client.runs[product])
      .filter((run): run is RecordedRun => run !== undefined && run.skipped === undefined)
  const describe = (name: string, product: Product): string[] => {
    const all = runs(product)
    if (all.length === 0) return []
    const versions = [...new Set(all.map((run) => run.brokerVersion))].join(', ')
    const dates = all.map((run) => run.date).sort()
    const span = [...new Set([dates[0], dates[dates.length - 1]])].join(' to ')
    return [`${name} ${versions} (${span})`]
  }
  return `${[...describe('samsa', 'samsa'), ...describe('Apache Kafka', 'apache')].join('; ')}.\n`
}

/** Everything that does not pass on samsa by its reason, so that a part which is missing is named once. */
function shortcomings(clients: readonly Named[]): string {
  const byReason = new Map<string, string[]>()
  const enter = (reason: string, what: string) => byReason.set(reason, [...(byReason.get(reason) ?? []), what])
  for (const [name, client] of clients) {
    for (const [product, run] of Object.entries(client.runs)) {
      if (run.skipped !== undefined)
        enter(run.skipped, `${name}: not run on ${product === 'apache' ? 'Apache Kafka' : product}`)
    }
    for (const one of client.cases) {
      if (one.samsa === 'known failure' || one.samsa === 'failed') enter(one.reason ?? '', `${name}: ${one.name}`)
      if (one.apache === 'failed') enter(one.reason ?? '', `${name}: ${one.name} (on Apache Kafka)`)
    }
  }
  if (byReason.size === 0) return '## What does not pass, and why\n\nEverything passes.\n'
  const parts = [...byReason].map(([reason, list]) => `**${reason}**\n\n${list.map((one) => `- ${one}`).join('\n')}\n`)
  return `## What does not pass, and why\n\n${parts.join('\n')}`
}

function caseList(name: string, client: RecordedClient): string {
  const rows = client.cases.map((one) => {
    const mark = one.smoke ? ' •' : ''
    return `| ${escapeCell(one.name)}${mark} | ${one.samsa ?? '–'} | ${one.apache ?? '–'} |`
  })
  return [`### ${name}`, '', '| case | samsa | Apache |', '|---|---|---|', ...rows, ''].join('\n')
}

const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')

const escapeCell = (text: string): string => text.replaceAll('|', '\\|')
