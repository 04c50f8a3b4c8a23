import { errorName } from '../../protocol/errors.ts'
import type { Difference } from './compare.ts'
import { type KnownDifference, reasonFor } from './known-differences.ts'
import type { DiffResult } from './run.ts'
import { show } from './session.ts'

export interface Group {
  api: string
  path: string
  isError: boolean
  versions: number[]
  count: number
  first: Difference
}

export interface Verdict {
  errors: Group[]
  others: Group[]
  known: Map<KnownDifference, number>
  /** Known differences that did not show: they must leave the list. */
  unneeded: KnownDifference[]
}

/** `expected`: those of the known differences that a whole run has to show. */
export function judge(
  result: DiffResult,
  knownDifferences: readonly KnownDifference[],
  expected: readonly KnownDifference[] = knownDifferences,
): Verdict {
  const groups = new Map<string, Group>()
  const known = new Map<KnownDifference, number>()
  for (const difference of result.differences) {
    const reason = reasonFor(knownDifferences, difference)
    if (reason) known.set(reason, (known.get(reason) ?? 0) + 1)
    else addTo(groups, difference)
  }
  const all = [...groups.values()].sort((a, b) => a.api.localeCompare(b.api) || a.path.localeCompare(b.path))
  return {
    errors: all.filter(({ isError }) => isError),
    others: all.filter(({ isError }) => !isError),
    known,
    unneeded: expected.filter((difference) => !known.has(difference)),
  }
}

/** Errors are grouped by what they are, other fields by where they are: each value is not a finding of its own. */
function addTo(groups: Map<string, Group>, difference: Difference): void {
  const { api, version, path, isError } = difference
  const name = `${api} ${path} ${isError ? `${valueText(difference, 'apache')} ${valueText(difference, 'samsa')}` : ''}`
  let group = groups.get(name)
  if (group === undefined) groups.set(name, (group = { api, path, isError, versions: [], count: 0, first: difference }))
  if (!group.versions.includes(version)) group.versions.push(version)
  group.count++
}

export function reportText(result: DiffResult, verdict: Verdict, verbose: boolean): string {
  const lines = [
    ...section('Errors and answers that differ', verdict.errors, verbose),
    ...section('Other fields that differ', verdict.others, verbose),
  ]
  if (result.broken.length > 0)
    lines.push('', 'Scenarios that did not end:', ...result.broken.map((text) => `  ${text}`))
  if (verdict.known.size > 0) lines.push('', 'Known differences:')
  for (const [{ api, path, reason }, count] of verdict.known) lines.push(`  ${count} x ${api} ${path}: ${reason}`)
  return lines.join('\n')
}

function section(title: string, groups: readonly Group[], verbose: boolean): string[] {
  if (groups.length === 0) return []
  const lines = ['', `${title}:`]
  for (const group of groups) {
    const { api, versions, path, count, first } = group
    lines.push(`  ${api} v${ranges(versions)} ${path} (${count})`)
    lines.push(`    apache ${valueText(first, 'apache')} | samsa ${valueText(first, 'samsa')}`)
    const label = first.exchange.label === '' ? '' : `${first.exchange.label}: `
    lines.push(`    ${label}v${first.version} ${cut(show(first.exchange.request), verbose ? 2_000 : 200)}`)
  }
  return lines
}

function valueText(difference: Difference, side: 'apache' | 'samsa'): string {
  const value = difference[side]
  const isCode = typeof value === 'number' && /errorCode$/i.test(difference.path)
  if (isCode) return errorName(value)
  return value === undefined ? 'absent' : cut(Buffer.isBuffer(value) ? value.toString('hex') : show(value), 300)
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)

/** 0, 1, 2, 5 as `0-2,5`. */
export function ranges(versions: readonly number[]): string {
  const spans: [number, number][] = []
  for (const version of [...versions].sort((a, b) => a - b)) {
    const last = spans.at(-1)
    if (last && last[1] === version - 1) last[1] = version
    else spans.push([version, version])
  }
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join()
}
