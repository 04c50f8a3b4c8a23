import { say } from '../metrics.ts'
import type { Medians } from '../rounds.ts'
import type { Product } from '../targets.ts'
import { type Aim, aims, MEGABYTES, MULTIPLE } from './aims.ts'

/** An aim, and what a run says of it. */
export interface Judged {
  subject: string
  words: string
  aim: string
  reference: string
  samsa: string
  result: string
  isMet: boolean
}

const WALK_S_PER_GB: Record<string, number> = { 'produce/100B': 0.15, 'produce/base': 0.015 }

/** The aims for which this run has both sides. */
export function judge(results: Medians, wanted: readonly Aim[] = aims): Judged[] {
  return wanted.flatMap((aim) => {
    const of = (product: Product): number | undefined => results.get(aim.case)?.get(product)?.[aim.metric]
    const samsa = of('samsa')
    const reference = aim.beside === null ? undefined : of(aim.beside)
    if (samsa === undefined || (aim.beside !== null && reference === undefined)) return []
    const walk = aim.beside === 'floor' ? (WALK_S_PER_GB[aim.case] ?? 0) : 0
    const result = reference === undefined ? samsa : (samsa - walk) / reference
    const isMet = aim.atMost === undefined ? result >= aim.atLeast! : result <= aim.atMost
    const { name, digits } = reference === undefined ? (aim.unit ?? MEGABYTES) : MULTIPLE
    const shown = (value: number): string => `${value.toFixed(digits)}${name}`
    return {
      subject: aim.subject,
      words: aim.words,
      aim: aim.atMost === undefined ? `at least ${shown(aim.atLeast!)}` : `at most ${shown(aim.atMost)}`,
      reference: reference === undefined ? '' : `${say(aim.metric, reference)} (${aim.beside})`,
      samsa: say(aim.metric, samsa),
      result: shown(result),
      isMet,
    }
  })
}
