/** A share group of many members: what joins, heartbeats, records in flight and fetches that wait cost a broker. */
import { setTimeout as delay } from 'node:timers/promises'
import { prepareShareGroup } from '../../compat-tests/bench/load/share-group.ts'
import { recordsIn, ShareMember } from '../../compat-tests/bench/load/share-member.ts'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { BulkClient, batchOf } from './client.ts'
import { cpuShare, timed } from './partitions.ts'

const GROUP = 'crowd'
const TOPIC = 'jobs'
const RECORD_BYTES = 100
/** In one batch, and taken by one member at a time. */
const RECORDS_TAKEN = 100
const HEARTBEAT_MS = 5_000
const SETTLE_MS = 5_000
const JOINS_AT_A_TIME = 50

/** The broker has to allow the most members that Kafka lets an administrator allow. */
export const MEMBERS_PROPERTIES = {
  'group.share.max.size': '1000',
  // Locks stay while the measurement does: as long as an administrator may have them.
  'group.share.max.record.lock.duration.ms': '3600000',
  'group.share.record.lock.duration.ms': '3600000',
}

export interface Crowd {
  readonly members: number
  readonly partitions: number
  /** The members hold so many in the end, all together. */
  readonly records: number
}

export interface MembersResult {
  /** Until all have joined, and each knows its partitions. */
  readonly joinMs: number
  /** Resident memory beyond that of the broker without them. */
  readonly bytes: number
  /** Resident memory beyond that, when they hold their records, with all that it took to give them out. */
  readonly inFlightBytes: number
  /** Shares of one core: by heartbeats alone, and with a fetch of each member that waits for records. */
  readonly heartbeatCpu: number
  readonly fetchCpu: number
}

export async function measureMembers(broker: BrokerProcess, crowd: Crowd): Promise<MembersResult> {
  await broker.start()
  await fill(broker, crowd)
  await prepareShareGroup(broker.port, GROUP)
  const before = await broker.residentBytes()
  const members: ShareMember[] = []
  const heartbeats: (() => void)[] = []
  const joinMs = await timed(async () => {
    while (members.length < crowd.members) {
      const count = Math.min(JOINS_AT_A_TIME, crowd.members - members.length)
      const some = await joinSome(broker.port, members.length, count)
      for (const [i, member] of some.entries()) heartbeats.push(beat(member, (i / some.length) * HEARTBEAT_MS))
      members.push(...some)
    }
  })
  await delay(SETTLE_MS)
  const joined = await broker.residentBytes()
  const heartbeatCpu = await cpuShare(broker)
  await takeAll(members, crowd.records)
  await delay(SETTLE_MS)
  const inFlightBytes = (await broker.residentBytes()) - joined
  let goesOn = true
  const waiting = members.map(async (member) => {
    while (goesOn) await member.fetch([])
  })
  await delay(SETTLE_MS)
  const fetchCpu = await cpuShare(broker)
  goesOn = false
  await Promise.all(waiting)
  for (const stop of heartbeats) stop()
  for (const member of members) member.close()
  return { joinMs, bytes: joined - before, inFlightBytes, heartbeatCpu, fetchCpu }
}

/** The records of the members, as many in each partition. */
async function fill(broker: BrokerProcess, { partitions, records }: Crowd): Promise<void> {
  const client = new BulkClient(broker)
  await client.createTopic({ name: TOPIC, partitions })
  const batch = batchOf(RECORDS_TAKEN, RECORD_BYTES)
  const named = [...Array(partitions).keys()]
  for (let filled = 0; filled < records; filled += partitions * RECORDS_TAKEN) await client.produce(TOPIC, named, batch)
  client.close()
}

/** Until together they hold all that there is. */
async function takeAll(members: readonly ShareMember[], records: number): Promise<void> {
  let taken = 0
  const take = async (member: ShareMember) => {
    while (taken < records) {
      const acquired = await member.fetch([], RECORDS_TAKEN)
      taken += recordsIn(acquired)
    }
  }
  await Promise.all(members.map(take))
}

async function joinSome(port: number, first: number, count: number): Promise<ShareMember[]> {
  const opening = Array.from({ length: count }, (_, i) =>
    ShareMember.open(port, { group: GROUP, topic: TOPIC, memberId: `member-${first + i}` }),
  )
  const some = await Promise.all(opening)
  await Promise.all(some.map((member) => member.join()))
  return some
}

/** Sends heartbeats until the answer is called, the first one after `delayMs`. */
function beat(member: ShareMember, delayMs: number): () => void {
  let timer = setTimeout(again, delayMs)
  function again(): void {
    timer = setTimeout(again, HEARTBEAT_MS)
    void member.heartbeat()
  }
  return () => clearTimeout(timer)
}
