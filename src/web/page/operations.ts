/** The operations that are allowed on a resource, from the bits in which responses have them (KIP-430). */
import { AclOperation } from '../../../protocol/acl.ts'

const NOT_ASKED = -2147483648

export function operationsOf(bits: number): string[] {
  if (bits === NOT_ASKED) return []
  return Object.entries(AclOperation)
    .filter(([, code]) => (bits & (1 << code)) !== 0)
    .map(([name]) => name)
}
