/** Runs commands, one after another or side by side, and adds up what they say they checked. */
import { spawn } from 'node:child_process'

export interface Step {
  name: string
  command: string[]
  env?: Record<string, string>
  /**
   * How the step tells its totals: `tap` by tap's summary, `line` by a line `N passed, N failed[, N skipped]`. A step
   * without totals counts as one.
   */
  totals?: 'tap' | 'line'
}

export interface Totals {
  passed: number
  failed: number
  skipped: number
}

const onTerminal = process.stdout.isTTY === true
const paint = (code: number, text: string) => (onTerminal ? `\x1b[${code}m${text}\x1b[0m` : text)

/** Runs up to `atOnce` of them side by side. Prints a line a step and the totals last; true when nothing failed. */
export async function runSteps(steps: readonly Step[], atOnce = 1): Promise<boolean> {
  const sum: Totals = { passed: 0, failed: 0, skipped: 0 }
  const waiting = [...steps]
  const running = new Set<string>()
  const erase = () => onTerminal && process.stdout.write('\r\x1b[K')
  const showRunning = () => {
    erase()
    if (onTerminal && running.size > 0) process.stdout.write(`  …    ${[...running].join(', ')}`)
  }
  const runNext = async (): Promise<void> => {
    const step = waiting.shift()
    if (step === undefined) return
    running.add(step.name)
    showRunning()
    const startedMs = Date.now()
    const { code, output } = await run(step)
    running.delete(step.name)
    erase()
    add(sum, tell(step, { code, output, seconds: (Date.now() - startedMs) / 1000 }))
    showRunning()
    await runNext()
  }
  await Promise.all(Array.from({ length: atOnce }, runNext))
  console.log(phrase(sum))
  return sum.failed === 0
}

/** Says how a step has ended. */
function tell(step: Step, { code, output, seconds }: { code: number; output: string; seconds: number }): Totals {
  const totals = totalsOf(step, code, output)
  const good = totals.failed === 0
  const counts = step.totals === undefined ? '' : `  ${phrase(totals)}`
  const took = seconds.toFixed(1).padStart(7)
  console.log(`  ${good ? paint(32, 'ok  ') : paint(31, 'FAIL')} ${step.name.padEnd(16)} ${took} s${counts}`)
  if (!good) console.log(indent(output))
  else for (const line of output.split('\n').filter((text) => /^skipped: /.test(text))) console.log(`       ${line}`)
  return totals
}

export function add(sum: Totals, { passed, failed, skipped }: Totals): void {
  sum.passed += passed
  sum.failed += failed
  sum.skipped += skipped
}

export function phrase({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function run(step: Step): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const [program, ...args] = step.command
    const child = spawn(program, args, { env: { ...process.env, ...step.env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: 1, output: String(error) }))
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }))
  })
}

/** A step that ends badly has failed at least once, whatever it counted. */
function totalsOf(step: Step, code: number, output: string): Totals {
  const totals = read(step, output)
  if (totals === null)
    return {
      passed: code === 0 && step.totals === undefined ? 1 : 0,
      failed: code === 0 && step.totals === undefined ? 0 : 1,
      skipped: 0,
    }
  if (code !== 0 && totals.failed === 0) totals.failed = 1
  return totals
}

function read(step: Step, output: string): Totals | null {
  if (step.totals === 'line') {
    const found = [...output.matchAll(/^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/gm)].at(-1)
    return found ? { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) } : null
  }
  return step.totals === 'tap' ? tapTotals(output) : null
}

/** The counts of the summary that tap prints; null: there is none. */
export function tapTotals(output: string): Totals | null {
  const summary = /# \{ total: (\d+)(.*?)\}/s.exec(output)
  if (summary === null) return null
  const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(summary[2])?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/** Without a terminal, tap writes its progress anew for each file that ends: only the last of it says anything. */
const REDRAWN = /^\s*(Asserts|Suites): .* complete\s*$/

export function withoutRedraws(lines: readonly string[]): string[] {
  const lastOfKind = new Map<string, number>()
  for (const [index, line] of lines.entries()) {
    const kind = REDRAWN.exec(line)?.[1]
    if (kind !== undefined) lastOfKind.set(kind, index)
  }
  const kept = lines.filter((line, index) => !REDRAWN.test(line) || [...lastOfKind.values()].includes(index))
  return kept.filter((line, index) => line.trim() !== '' || kept[index - 1]?.trim() !== '')
}

function indent(text: string): string {
  return withoutRedraws(text.trimEnd().split('\n'))
    .slice(-200)
    .map((line) => `       ${line}`)
    .join('\n')
}
