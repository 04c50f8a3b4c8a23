import type { MessageSchema } from '../../protocol/schema.ts'

/** The versions of one API that a broker says it speaks. */
export interface VersionRange {
  minVersion: number
  maxVersion: number
}

/** The highest version of both sides up to a limit, or null. A version that Kafka may still change is not used. */
export function chooseVersion(
  request: MessageSchema,
  theirs: VersionRange | undefined,
  maxVersion = Number.POSITIVE_INFINITY,
): number | null {
  if (theirs === undefined) return null
  const ours = request.maxVersion - (request.latestVersionUnstable ? 1 : 0)
  const version = Math.min(ours, theirs.maxVersion, maxVersion)
  return version < theirs.minVersion || version < request.minVersion ? null : version
}
