import { listAt } from '../../../../../protocol/collections/grouped.ts'
import { uuidBytes } from '../../../../../protocol/hashes.ts'
import { give } from '../../partitions.ts'
import type { Assignment, AssignmentTask } from './assignment.ts'
import { Balancer } from './balancer.ts'
import { at, of } from './lookups.ts'

/** Subscriptions that overlap in odd ways may not settle; each round about halves the unevenness. */
const MAX_ROUNDS = 16
const NOBODY = -1

/** Members are subscribed to different topics: free partitions go to the members with least, then some move to even it out. */
export function assignUniformlyToSome(task: AssignmentTask): Assignment {
  const builder = new HeterogeneousBuilder(task)
  return builder.build()
}

class HeterogeneousBuilder {
  readonly #task: AssignmentTask
  /** Indexes of members, by topic. */
  readonly #subscribers = new Map<string, number[]>()
  /** The member that has each partition, by topic. */
  readonly #owners = new Map<string, number[]>()
  readonly #loads: number[]

  constructor(task: AssignmentTask) {
    this.#task = task
    this.#loads = new Array<number>(task.members.length).fill(0)
    task.members.forEach(({ topicIds }, index) => {
      for (const topicId of topicIds) {
        const subscribers = this.#subscribers.get(topicId)
        if (subscribers !== undefined) subscribers.push(index)
        else {
          this.#subscribers.set(topicId, [index])
          this.#owners.set(topicId, new Array<number>(task.partitionCount(topicId)).fill(NOBODY))
        }
      }
    })
  }

  build(): Assignment {
    if (this.#subscribers.size === 0) return new Map()
    this.#keepOld()
    this.#giveFree()
    this.#balance()
    const assignment = this.#task.members.map(() => new Map<string, Set<number>>())
    for (const [topicId, owners] of this.#owners) {
      owners.forEach((owner, partition) => {
        if (owner !== NOBODY) give(at(assignment, owner), topicId, partition)
      })
    }
    return new Map(this.#task.members.map(({ memberId }, index) => [memberId, at(assignment, index)]))
  }

  #keepOld(): void {
    this.#task.members.forEach(({ target, topicIds }, index) => {
      for (const [topicId, partitions] of target) {
        if (!topicIds.has(topicId)) continue
        for (const partition of partitions) this.#assign(topicId, partition, index)
      }
    })
  }

  #giveFree(): void {
    const balancer = new Balancer(this.#loads)
    const isFree = (topicId: string) => of(this.#owners, topicId).includes(NOBODY)
    for (const topicId of this.#sorted([...this.#owners.keys()].filter(isFree))) {
      balancer.begin(of(this.#subscribers, topicId))
      of(this.#owners, topicId).forEach((owner, partition) => {
        if (owner === NOBODY) this.#assign(topicId, partition, balancer.takeLeastLoaded())
      })
    }
  }

  #balance(): void {
    const shared = [...this.#owners.keys()].filter((topicId) => of(this.#subscribers, topicId).length >= 2)
    const topicIds = this.#sorted(shared)
    const balancer = new Balancer(this.#loads)
    let lastChanged = -1
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (const [index, topicId] of topicIds.entries()) {
        // All others have been looked at since, and nothing has changed.
        if (index === lastChanged) return
        const moved = this.#balanceTopic(topicId, balancer)
        if (moved > 0 || lastChanged === -1) lastChanged = index
      }
    }
  }

  /** How many partitions of the topic got another owner. */
  #balanceTopic(topicId: string, balancer: Balancer): number {
    if (balancer.begin(of(this.#subscribers, topicId)) <= 1) return 0
    const held = new Map<number, number[]>()
    of(this.#owners, topicId).forEach((owner, partition) => {
      listAt(held, owner).push(partition)
    })
    let moved = 0
    while (!balancer.isBalanced) {
      let giver = balancer.takeMostLoaded()
      while (giver !== NOBODY && (held.get(giver)?.length ?? 0) === 0) {
        balancer.excludeMostLoaded()
        giver = balancer.takeMostLoaded()
      }
      if (giver === NOBODY) break
      const partition = of(held, giver).pop() ?? NOBODY
      const taker = balancer.takeLeastLoaded()
      if (balancer.isBalanced) break
      this.#assign(topicId, partition, taker)
      moved++
    }
    return moved
  }

  #assign(topicId: string, partition: number, index: number): void {
    const owners = of(this.#owners, topicId)
    const before = owners[partition]
    if (before !== NOBODY && before !== undefined) this.#loads[before] = at(this.#loads, before) - 1
    owners[partition] = index
    this.#loads[index] = at(this.#loads, index) + 1
  }

  /** By partitions for each subscriber, then the fewer subscribers, then the id. */
  #sorted(topicIds: string[]): string[] {
    const subscribers = (topicId: string) => of(this.#subscribers, topicId).length
    const share = (topicId: string) => this.#task.partitionCount(topicId) / subscribers(topicId)
    return topicIds.sort((a, b) => share(b) - share(a) || subscribers(a) - subscribers(b) || compareIds(a, b))
  }
}

/** As Java compares them: two signed numbers. */
function compareIds(a: string, b: string): number {
  const [left, right] = [uuidBytes(a), uuidBytes(b)]
  for (const at of [0, 8]) {
    const difference = left.readBigInt64BE(at) - right.readBigInt64BE(at)
    if (difference !== 0n) return difference < 0n ? -1 : 1
  }
  return 0
}
