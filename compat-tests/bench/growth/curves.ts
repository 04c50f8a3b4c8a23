import { batchSizeCurve } from './batch-size.ts'
import { connectionsCurve } from './connections.ts'
import type { Curve } from './curve.ts'
import { groupsCurve } from './groups.ts'
import { partitionsCurve } from './partitions.ts'

export const curves: readonly Curve[] = [batchSizeCurve, partitionsCurve, connectionsCurve, groupsCurve]
export const allCounts: readonly number[] = [1, 10, 100, 1_000, 10_000]
export const quickCounts: readonly number[] = [1, 10, 100]
