/** `samsa doctor`: prints findings as they come, and the verdict in the end. */
import { type Address, parseBootstrapServers } from '../../client/addresses.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { clusterSettings, securityOf } from '../cluster/connection.ts'
import type { CommonOptions } from '../cluster/context.ts'
import type { Output } from '../output.ts'
import { exitCodeOf } from '../print/exit-code.ts'
import { plural } from '../print/quantity.ts'
import { inLine, type Style, styleFor, type Tone } from '../print/style.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'
import type { Patient } from './patient.ts'

export interface DoctorOptions extends CommonOptions {
  readonly topic?: readonly string[]
  readonly group?: readonly string[]
}

/** Resolves to the exit code: 0 when nothing keeps a client from working, else 1. */
export function doctor(words: readonly string[], options: DoctorOptions): Promise<number> {
  return exitCodeOf(async (output) => {
    const environment = nodeEnvironment()
    const { bootstrapServers, properties } = await clusterSettings(options, environment)
    const addresses = parseBootstrapServers(words.length > 0 ? words.join(',') : bootstrapServers)
    const patient: Patient = {
      environment,
      clientId: properties.get('client.id') ?? 'samsa-doctor',
      timeoutMs: options.timeout,
      security: await securityOf(properties, environment),
    }
    const { topic: topics = [], group: groups = [] } = options
    return report(patient, { addresses, topics, groups }, { output, isJson: options.json === true })
  }, options)
}

const MARKS: Readonly<Record<Finding['verdict'], readonly [mark: string, tone: Tone]>> = {
  fine: ['✓', 'good'],
  warning: ['!', 'warn'],
  problem: ['✗', 'bad'],
  unknown: ['?', 'quiet'],
}

interface Case {
  readonly addresses: readonly Address[]
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

async function report(patient: Patient, of: Case, to: { output: Output; isJson: boolean }): Promise<number> {
  const { output, isJson } = to
  const style = styleFor(process.stdout)
  const counts = { fine: 0, warning: 0, problem: 0, unknown: 0 }
  let place = ''
  for await (const finding of examine(patient, of)) {
    counts[finding.verdict]++
    if (isJson) await output.json(finding)
    else {
      if (finding.at !== place) await output.line(`${place === '' ? '' : '\n'}${style('title', finding.at)}`)
      place = finding.at
      for (const line of linesOf(finding, style)) await output.line(line)
    }
    // A step may wait for seconds: the ones before it are to be seen meanwhile.
    await output.flush()
  }
  if (!isJson) await output.line(`\n${verdictOf(counts, style)}`)
  return counts.problem > 0 ? 1 : 0
}

const CHECK_WIDTH = 'certificate'.length

export function linesOf({ verdict, check, says, remedy }: Finding, style: Style): string[] {
  const [mark, tone] = MARKS[verdict]
  const isQuiet = verdict === 'fine' || verdict === 'unknown'
  const line = `  ${style(tone, mark)} ${style('quiet', check.padEnd(CHECK_WIDTH))}  ${style(isQuiet ? null : tone, inLine(says))}`
  return remedy === undefined ? [line] : [line, `    ${' '.repeat(CHECK_WIDTH)}  ${inLine(remedy)}`]
}

function verdictOf({ problem, warning }: { problem: number; warning: number }, style: Style): string {
  const warnings = warning === 0 ? '' : `, and ${plural(warning, 'warning')}`
  return problem === 0
    ? style('good', `Nothing keeps a client from working${warnings}.`)
    : style('bad', `${plural(problem, 'problem')}${warnings}.`)
}
