import type { FixedWorkJob, WorkResult } from '../load/fixed-work.ts'
import { RECORD_BYTES, type Site } from './curve.ts'
import type { TopicOfPoint } from './topics.ts'

/** As much is on its way where connections are not what varies. */
export const FEW = { connections: 2, inFlight: 5 } as const

type Shape = Pick<FixedWorkJob, 'records' | 'connections' | 'inFlight' | 'warmUpRequests' | 'requests'>

/** Records of the same size to all partitions of these topics in turn. */
export function produceTurn(
  { target, load }: Site,
  topics: readonly TopicOfPoint[],
  shape: Shape,
): Promise<WorkResult> {
  return load.run('fixedWork', {
    port: target.port,
    brokerPid: target.pid,
    topics,
    recordBytes: RECORD_BYTES,
    ...shape,
  })
}
