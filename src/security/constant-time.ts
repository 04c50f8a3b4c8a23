import { timingSafeEqual } from 'node:crypto'

/** Compares secrets in a time that depends on the length of the one that was sent, and not on where the two differ. */
export function equalInConstantTime(sent: Uint8Array, expected: Uint8Array): boolean {
  const isSameLength = sent.length === expected.length
  return timingSafeEqual(sent, isSameLength ? expected : sent) && isSameLength
}

export const equalTextsInConstantTime = (sent: string, expected: string): boolean =>
  equalInConstantTime(Buffer.from(sent), Buffer.from(expected))
