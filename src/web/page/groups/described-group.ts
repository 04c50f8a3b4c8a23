import type { GroupDetail } from '../model.ts'

/** A group as its coordinator describes it, without the offsets. */
export type DescribedGroup = Omit<GroupDetail, 'partitions'>
