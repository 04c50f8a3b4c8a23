import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assignSticky, type TaskAssignment } from '../../../src/coordinator/group/streams/assignors/sticky.ts'
import type { Tasks } from '../../../src/coordinator/group/streams/tasks.ts'

/** Partitions by subtopology. */
type Text = Record<string, number[]>
type Has = { active: Text; standby: Text }
type Given = Has & { process: number; offsets: Record<string, Record<string, number>> }

/** A group, and Apache Kafka's answers for it; `TaskAssignments.java` beside this file says how. */
interface Case {
  readonly subtopologies: [subtopologyId: string, taskCount: number, isStateful: boolean][]
  readonly standbyReplicas: number
  readonly members: Given[]
  /** Its answer does not depend on the order of its hash tables. */
  readonly isOnlyAnswer: boolean
  readonly answers: Has[][]
}

const file = readFileSync(join(import.meta.dirname, 'task-assignments.json'), 'utf8')
const cases: Case[] = JSON.parse(file)

const sets = (text: Text) => new Map(Object.entries(text).map(([id, partitions]) => [id, new Set(partitions)]))

function assign({ subtopologies, standbyReplicas, members }: Omit<Case, 'answers' | 'isOnlyAnswer'>): Has[] {
  const task: TaskAssignment = {
    standbyReplicas,
    subtopologies: subtopologies.map(([subtopologyId, taskCount, isStateful]) => ({
      subtopologyId,
      taskCount,
      isStateful,
    })),
    members: members.map(({ process, active, standby, offsets }, i) => ({
      memberId: `m${i}`,
      processId: `p${process}`,
      assigned: { active: sets(active), standby: sets(standby), warmup: new Map() },
      offsets: new Map(
        Object.entries(offsets).map(([id, ofTask]) => [
          id,
          new Map(Object.entries(ofTask).map(([partition, offset]) => [Number(partition), BigInt(offset)])),
        ]),
      ),
    })),
  }
  const assigned = assignSticky(task)
  return members.map((_, i) => textOf(assigned.get(`m${i}`)!))
}

function textOf({ active, standby }: Tasks): Has {
  const text = (tasks: Tasks['active']): Text =>
    Object.fromEntries(
      [...tasks]
        .map(([id, partitions]) => [id, [...partitions].sort((a, b) => a - b)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  return { active: text(active), standby: text(standby) }
}

const names = (text: Text): string[] => Object.entries(text).flatMap(([id, all]) => all.map((one) => `${id}_${one}`))
const count = (text: Text): number => names(text).length

/** By how much an answer is good: what stays, what goes where its state is, and how evenly the rest is spread. */
function merits({ members }: Pick<Case, 'members'>, answer: readonly Has[]): Record<string, number> {
  const sum = (of: (one: Has, before: Given) => number) =>
    answer.reduce((total, one, i) => total + of(one, members[i]!), 0)
  const common = (a: Text, b: Text) => names(a).filter((name) => names(b).includes(name)).length
  const loads = answer.map(({ active, standby }) => count(active) + count(standby))
  const actives = answer.map(({ active }) => count(active))
  return {
    'active tasks that stay': sum((one, before) => common(one.active, before.active)),
    'active tasks that go to a standby': sum((one, before) => common(one.active, before.standby)),
    'standby tasks that stay': sum((one, before) => common(one.standby, before.standby)),
    'standby tasks': sum(({ standby }) => count(standby)),
    'the most tasks of a member': Math.max(...loads),
    'the fewest tasks of a member': Math.min(...loads),
    'the most active tasks of a member': Math.max(...actives),
    'the fewest active tasks of a member': Math.min(...actives),
  }
}

t.test('where Apache Kafka has one answer, it is the same', (t) => {
  const only = cases.filter(({ isOnlyAnswer }) => isOnlyAnswer)
  t.ok(only.length > 50, `${only.length} cases`)
  for (const one of only) t.strictSame(assign(one), one.answers[0], `case ${cases.indexOf(one)}`)
  t.end()
})

t.test('where it has several, the answer is as good as one of them', (t) => {
  const several = cases.filter(({ isOnlyAnswer }) => !isOnlyAnswer)
  t.ok(several.length > 50, `${several.length} cases`)
  for (const one of several) {
    const mine = merits(one, assign(one))
    const theirs = one.answers.map((answer) => merits(one, answer))
    for (const [merit, value] of Object.entries(mine)) {
      const values = theirs.map((each) => each[merit]!)
      const range = [Math.min(...values), Math.max(...values)] as const
      const isWithin = value >= range[0] && value <= range[1]
      t.ok(isWithin, `case ${cases.indexOf(one)}: ${merit}: ${value}, of Apache Kafka ${range.join(' to ')}`)
    }
  }
  t.end()
})
