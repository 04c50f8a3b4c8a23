import type { Verdict } from './decode.ts'

/** A broken request, and whether samsa's codec takes it. */
export interface Mutant {
  name: string
  frame: Buffer
  verdict: Verdict
}
