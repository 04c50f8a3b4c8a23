import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { AssignmentTask } from '../../../src/coordinator/group/consumer/assignors/assignment.ts'
import { ASSIGNORS } from '../../../src/coordinator/group/consumer/assignors/assignor.ts'
import type { Partitions } from '../../../src/coordinator/group/partitions.ts'

type Text = Record<string, number[]>

/** A group, and what Apache Kafka's assignors made of it; `Assignors.java` beside this file says how. */
interface Case {
  readonly topics: Record<string, number>
  readonly homogeneous: boolean
  readonly members: { memberId: string; instanceId: string | null; topics: string[]; target: Text }[]
  readonly range: Record<string, Text>
  readonly uniform: Record<string, Text>
}

const cases: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'cases.json'), 'utf8'))

const taskOf = ({ topics, homogeneous, members }: Case): AssignmentTask => ({
  members: members.map(({ memberId, instanceId, topics, target }) => ({
    memberId,
    instanceId,
    topicIds: new Set(topics),
    target: new Map(Object.entries(target).map(([topicId, partitions]) => [topicId, new Set(partitions)])),
  })),
  isHomogeneous: homogeneous,
  partitionCount: (topicId) => topics[topicId],
})

function text(assignment: ReadonlyMap<string, Partitions>): Record<string, Text> {
  const sorted = (partitions: ReadonlySet<number>) => [...partitions].sort((a, b) => a - b)
  return Object.fromEntries(
    [...assignment].map(([memberId, partitions]) => [
      memberId,
      Object.fromEntries([...partitions].map(([topicId, ofTopic]) => [topicId, sorted(ofTopic)])),
    ]),
  )
}

const sizeOf = (partitions: Text): number => Object.values(partitions).reduce((sum, each) => sum + each.length, 0)

/** How many partitions each member keeps, and gets in all. */
function shape({ members }: Case, assignment: Record<string, Text>) {
  return members.map(({ memberId, target }) => {
    const assigned = assignment[memberId] ?? {}
    const kept = Object.entries(assigned).map(([id, partitions]) => partitions.filter((p) => target[id]?.includes(p)))
    return { memberId, kept: kept.flat().length, all: sizeOf(assigned) }
  })
}

t.test('range: the same partitions as from Apache Kafka', (t) => {
  for (const [index, one] of cases.entries()) {
    t.same(text(ASSIGNORS.range(taskOf(one))), one.range, `case ${index}`)
  }
  t.end()
})

t.test('uniform: each member keeps and gets as many as from Apache Kafka, and every partition once', (t) => {
  for (const [index, one] of cases.entries()) {
    const assigned = text(ASSIGNORS.uniform(taskOf(one)))
    // Where all are subscribed alike, Java deals the topics in the order of their hashes.
    if (!one.homogeneous) t.same(assigned, one.uniform, `case ${index}`)
    t.strictSame(shape(one, assigned), shape(one, one.uniform), `case ${index}: shares`)
    const all = Object.values(assigned).flatMap((topics) =>
      Object.entries(topics).flatMap(([topicId, partitions]) =>
        partitions.map((partition) => `${topicId} ${partition}`),
      ),
    )
    t.equal(new Set(all).size, all.length)
  }
  t.end()
})
