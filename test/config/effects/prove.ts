import t from 'tap'
import { Bench, type Values } from './bench.ts'

export interface BrokerCase {
  readonly title: string
  /** The key with a value, in the broker's file. */
  readonly config: Values
  /** The settings that the broker has in any case. */
  readonly always?: Values
  /** The same as dynamic defaults of the cluster, and what a group says for itself. */
  readonly dynamic?: Values
  readonly group?: Values
  /** Something that can be seen; with the key it is another than without. */
  readonly see: (bench: Bench) => Promise<unknown>
  readonly without: unknown
  readonly with: unknown
}

/** The group of tests that have one. */
export const GROUP = 'g'

/** Each thing is seen without the key, with it in the file, and with it as a dynamic value where it may be one. */
export function prove(cases: readonly BrokerCase[]): void {
  t.setTimeout(600_000)
  for (const { title, config, always = {}, dynamic, group, see, without, with: expected } of cases) {
    t.test(title, async (t) => {
      t.same(await see(await Bench.start(always)), without, 'without')
      t.same(await see(await Bench.start({ ...always, ...config })), expected, JSON.stringify(config))
      for (const [type, name, values] of [
        ['BROKER', '', dynamic],
        ['GROUP', GROUP, group],
      ] as const) {
        if (values === undefined) continue
        const bench = await Bench.start(always)
        t.equal(await bench.alter(type, name, values), 'NONE')
        t.same(await see(bench), expected, `${JSON.stringify(values)} while the broker runs`)
      }
    })
  }
}
