import type { ConfigScope } from '../../src/config/index.ts'

/** A test, by its title, that shows what these keys do. */
export interface Proof {
  readonly title: string
  readonly keys: Partial<Readonly<Record<ConfigScope, readonly string[]>>>
}
