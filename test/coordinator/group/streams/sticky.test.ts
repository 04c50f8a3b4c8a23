/** An assignment keeps what Apache's tests of its sticky assignor ask of it, for groups of any kind. */
import fc from 'fast-check'
import t from 'tap'
import {
  assignSticky,
  type TaskAssignment,
  type TaskAssignorMember,
} from '../../../../src/coordinator/group/streams/assignors/sticky.ts'
import { HOLDS_NOTHING, type TaskSet, type Tasks } from '../../../../src/coordinator/group/streams/tasks.ts'

type Subtopologies = TaskAssignment['subtopologies']
type Assignment = ReadonlyMap<string, Tasks>

const subtopologiesOf = fc
  .array(fc.record({ taskCount: fc.integer({ min: 1, max: 7 }), isStateful: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all): Subtopologies => all.map((one, i) => ({ subtopologyId: `${i}`, ...one })))

const newMember = (memberId: string, processId: string): TaskAssignorMember => ({
  memberId,
  processId,
  assigned: HOLDS_NOTHING,
  offsets: new Map(),
})

const names = (tasks: TaskSet): string[] =>
  [...tasks].flatMap(([id, partitions]) => [...partitions].map((partition) => `${id}_${partition}`))
const namesOfAll = (subtopologies: Subtopologies): string[] =>
  subtopologies.flatMap(({ subtopologyId, taskCount }) =>
    Array.from({ length: taskCount }, (_, partition) => `${subtopologyId}_${partition}`),
  )

/** The members as they are once each has what it was assigned. */
const settled = (members: readonly TaskAssignorMember[], assignment: Assignment): TaskAssignorMember[] =>
  members.map((member) => ({ ...member, assigned: assignment.get(member.memberId) ?? HOLDS_NOTHING }) as never)

/** The member that processes each task. */
const owners = (assignment: Assignment): Map<string, string> =>
  new Map([...assignment].flatMap(([memberId, { active }]) => names(active).map((name) => [name, memberId] as const)))

/** Members of some processes, which have come and gone for some rounds. */
const groups = fc
  .record({
    subtopologies: subtopologiesOf,
    standbyReplicas: fc.integer({ min: 0, max: 3 }),
    rounds: fc.array(
      fc.array(fc.record({ id: fc.integer({ min: 0, max: 7 }), processes: fc.integer({ min: 1, max: 4 }) }), {
        minLength: 1,
        maxLength: 6,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ subtopologies, standbyReplicas, rounds }) => {
    let members: TaskAssignorMember[] = []
    let task: TaskAssignment = { members, subtopologies, standbyReplicas }
    let assignment: Assignment = new Map()
    for (const round of rounds) {
      const ids = [...new Map(round.map(({ id, processes }) => [`m${id}`, `p${id % processes}`]))]
      members = ids.map(([memberId, processId]) => {
        const known = members.find((member) => member.memberId === memberId)
        return known ?? newMember(memberId, processId)
      })
      task = { members, subtopologies, standbyReplicas }
      assignment = assignSticky(task)
      members = settled(members, assignment)
    }
    return { task, assignment }
  })

t.test('each task is active once, and has as many copies as there are other processes for', (t) => {
  fc.assert(
    fc.property(groups, ({ task: { members, subtopologies, standbyReplicas }, assignment }) => {
      const active = [...assignment.values()].flatMap((tasks) => names(tasks.active))
      if (active.toSorted().join() !== namesOfAll(subtopologies).sort().join()) return false
      const processes = new Set(members.map(({ processId }) => processId))
      for (const process of processes) {
        const held = members.flatMap(({ memberId, processId }) => {
          if (processId !== process) return []
          const { active, standby } = assignment.get(memberId)!
          return [...names(active), ...names(standby)]
        })
        if (new Set(held).size !== held.length) return false
      }
      const copies = [...assignment.values()].flatMap((tasks) => names(tasks.standby))
      return subtopologies.every(({ subtopologyId, taskCount, isStateful }) => {
        const expected = isStateful ? Math.min(standbyReplicas, processes.size - 1) : 0
        return Array.from({ length: taskCount }, (_, partition) => `${subtopologyId}_${partition}`).every(
          (name) => copies.filter((one) => one === name).length === expected,
        )
      })
    }),
  )
  t.end()
})

t.test('nobody has more active tasks than its share while each is a process of its own', (t) => {
  fc.assert(
    fc.property(subtopologiesOf, fc.integer({ min: 1, max: 6 }), (subtopologies, count) => {
      const members = Array.from({ length: count }, (_, i) => newMember(`m${i}`, `p${i}`))
      const assignment = assignSticky({ members, subtopologies, standbyReplicas: 0 })
      const counts = [...assignment.values()].map(({ active }) => names(active).length)
      return Math.max(...counts) - Math.min(...counts) <= 1
    }),
  )
  t.end()
})

t.test('who comes takes from the others alone what is its share, and nothing moves among them', (t) => {
  fc.assert(
    fc.property(subtopologiesOf, fc.integer({ min: 1, max: 6 }), (subtopologies, count) => {
      const members = Array.from({ length: count }, (_, i) => newMember(`m${i}`, `p${i}`))
      const before = assignSticky({ members, subtopologies, standbyReplicas: 0 })
      const more = [...settled(members, before), newMember('new', 'new')]
      const [was, is] = [owners(before), owners(assignSticky({ members: more, subtopologies, standbyReplicas: 0 }))]
      const moved = [...is].filter(([name, memberId]) => was.get(name) !== memberId)
      const share = Math.ceil(is.size / more.length)
      return moved.length <= share && moved.every(([, memberId]) => memberId === 'new')
    }),
  )
  t.end()
})

t.test('who goes leaves the others with all that they have', (t) => {
  fc.assert(
    fc.property(subtopologiesOf, fc.integer({ min: 2, max: 6 }), (subtopologies, count) => {
      const members = Array.from({ length: count }, (_, i) => newMember(`m${i}`, `p${i}`))
      const before = assignSticky({ members, subtopologies, standbyReplicas: 0 })
      const [, ...left] = settled(members, before)
      const [was, is] = [owners(before), owners(assignSticky({ members: left, subtopologies, standbyReplicas: 0 }))]
      return [...was].every(([name, memberId]) => memberId === 'm0' || is.get(name) === memberId)
    }),
  )
  t.end()
})

t.test('an active task goes where its newest copy is', (t) => {
  const subtopologies = [{ subtopologyId: '0', taskCount: 1, isStateful: true }]
  const offsets = (offset: bigint) => new Map([['0', new Map([[0, offset]])]])
  const members = [
    newMember('a', 'a'),
    { ...newMember('b', 'b'), offsets: offsets(10n) },
    { ...newMember('c', 'c'), offsets: offsets(20n) },
  ]
  t.equal(owners(assignSticky({ members, subtopologies, standbyReplicas: 0 })).get('0_0'), 'c')
  t.end()
})
