import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from './connection.ts'
import type { WorkResult } from './fixed-work.ts'
import { GroupMember } from './group-member.ts'
import { inParts } from './many-connections.ts'
import { Meter } from './meter.ts'

export interface GroupCommitsJob {
  port: number
  brokerPid: number
  topic: string
  groups: number
  /** Commits of all groups together, however many those are. */
  perSecond: number
  warmUpSeconds: number
  seconds: number
}

/**
 * As many for one group as for all: a broker answers the requests of a connection one after another, and a commit must
 * not wait for others because there are few groups.
 */
const CONNECTIONS = 50

/**
 * Groups of one member each join, and commit in turn on a schedule. A commit keeps a member in its group as a heartbeat
 * does, so that there are none beside them: the number of requests does not grow with the groups.
 */
export async function groupCommits(job: GroupCommitsJob): Promise<WorkResult> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(job.port)))
  const startedAtMs = performance.now()
  const places = Array.from({ length: job.groups }, (_, index) => {
    return { connection: connections[index % CONNECTIONS], group: `${job.topic}-group-${index}` }
  })
  const members = await inParts(places, ({ connection, group }) => GroupMember.joinOver(connection, group, job.topic))
  const setUpMs = performance.now() - startedAtMs

  await commitSteadily(members, connections, job.perSecond, job.warmUpSeconds)
  const meter = new Meter(job.brokerPid)
  const work = await commitSteadily(members, connections, job.perSecond, job.seconds)
  const { brokerSeconds, seconds } = meter
  const { loadCores } = meter.read(0)
  // The next turn joins groups of the same names, as many as before, which must not wait for members that are gone.
  await inParts(members, (member) => member.leave())
  for (const connection of connections) connection.close()
  return { us: (brokerSeconds * 1e6) / work, work, seconds, loadCores, setUpMs }
}

async function commitSteadily(
  members: readonly GroupMember[],
  connections: readonly Connection[],
  perSecond: number,
  seconds: number,
): Promise<number> {
  const total = Math.round(perSecond * seconds)
  const commits: Promise<void>[] = []
  const startedAtMs = performance.now()
  while (commits.length < total) {
    const due = Math.min(total, ((performance.now() - startedAtMs) / 1_000) * perSecond)
    while (commits.length < due) {
      const index = commits.length
      commits.push(members[index % members.length].commit(index, connections[index % connections.length]))
    }
    await delay(1)
  }
  await Promise.all(commits)
  return total
}
