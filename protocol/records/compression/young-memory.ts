/**
 * The output of codecs is looked at once and dies young. But V8 counts such memory only towards the next full mark of
 * the heap, which native modules bring on twice as soon as they report what V8 has counted already. At full speed that
 * is a mark of ten milliseconds for every 25 MB, more than the codec itself takes. A collection of the young generation
 * alone, three tenths of a millisecond, frees the same; it has to be asked for.
 */
import type * as V8 from 'node:v8'
import type * as Vm from 'node:vm'
import { loadModule } from '../native.ts'

const COLLECT_EVERY_BYTES = 4 * 1024 * 1024

let madeBytes = 0
let collect: (() => void) | undefined

/** So many bytes were made by a codec, and nobody will want them for long. */
export function madeYoung(bytes: number): void {
  madeBytes += bytes
  if (madeBytes < COLLECT_EVERY_BYTES) return
  madeBytes = 0
  collect ??= youngCollection()
  collect()
}

/** Does nothing where the engine does not let itself be asked. */
function youngCollection(): () => void {
  const v8 = loadModule<typeof V8>('node:v8')
  try {
    // Contexts made from here on have the function; the flag is taken back, so that only this one does.
    v8.setFlagsFromString('--expose-gc')
    const gc = loadModule<typeof Vm>('node:vm').runInNewContext('gc') as (options: { type: 'minor' }) => void
    return () => gc({ type: 'minor' })
  } catch {
    return () => {}
  } finally {
    v8.setFlagsFromString('--no-expose-gc')
  }
}
