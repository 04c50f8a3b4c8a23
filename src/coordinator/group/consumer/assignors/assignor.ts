/** How target assignments are computed; the same names and rules as Kafka's server-side assignors (KIP-848). */
import type { Assignment, AssignmentTask } from './assignment.ts'
import { assignRange } from './range.ts'
import { assignUniformly } from './uniform.ts'
import { assignUniformlyToSome } from './uniform-heterogeneous.ts'

export type Assignor = (task: AssignmentTask) => Assignment

export const ASSIGNORS: Readonly<Record<string, Assignor>> = {
  range: (task) => (task.members.length === 0 ? new Map() : assignRange(task)),
  uniform: (task) => {
    if (task.members.length === 0) return new Map()
    return task.isHomogeneous ? assignUniformly(task) : assignUniformlyToSome(task)
  },
}
