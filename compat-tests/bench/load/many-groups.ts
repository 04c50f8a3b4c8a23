import { Connection } from './connection.ts'
import { FetchStream } from './fetch-stream.ts'
import { GroupMember } from './group-member.ts'
import type { LatencyJob } from './latencies.ts'
import { sendSteadily } from './latencies.ts'
import { inParts } from './many-connections.ts'
import { Meter } from './meter.ts'
import { latency } from './statistics.ts'

export interface GroupsJob extends LatencyJob {
  brokerPid: number
  groups: number
  commitEveryMs: number
}

export interface GroupsResult {
  /** From nothing to the last group with an assignment. */
  joinMs: number
  /** CPU of the broker as a share of one core, while every group receives every record and commits. */
  brokerCores: number
  p50Ms: number
  p99Ms: number
}

const heartbeatEveryMs = 3_000

/** Groups of one member each, all of which wait at the end of one partition. */
export async function manyGroups(job: GroupsJob): Promise<GroupsResult> {
  const startedAtMs = performance.now()
  const names = Array.from({ length: job.groups }, (_, index) => `${job.topic}-group-${index}`)
  const members = await inParts(names, (name) => GroupMember.join(job.port, name, job.topic))
  const joinMs = performance.now() - startedAtMs

  const sentAtMs: number[] = []
  const samplesMs: number[] = []
  const warmUp = Math.round(job.warmUpSeconds * job.perSecond)
  const readers = await inParts(members, (member) => follow(job, member))
  const connection = await Connection.open(job.port)
  let meter: Meter | null = null
  await sendSteadily(job, connection, (index) => {
    if (index === warmUp) meter = new Meter(job.brokerPid)
    sentAtMs.push(performance.now())
  })
  const { brokerSeconds, seconds } = meter!
  await Promise.all(readers.map((reader) => reader.stop(sentAtMs.length)))
  for (const { arrivedAtMs } of readers) {
    for (let index = warmUp; index < sentAtMs.length; index++) samplesMs.push(arrivedAtMs[index] - sentAtMs[index])
  }
  connection.close()
  const { p50Ms, p99Ms } = latency(samplesMs)
  return { joinMs, brokerCores: brokerSeconds / seconds, p50Ms, p99Ms }
}

interface Reader {
  arrivedAtMs: number[]
  /** Resolves when the reader has all of them; then its connections are closed. */
  stop(records: number): Promise<void>
}

async function follow(job: GroupsJob, member: GroupMember): Promise<Reader> {
  const arrivedAtMs: number[] = []
  let onRecords = (): void => {}
  const onAnswer = (nextOffset: number): number => {
    const now = performance.now()
    while (arrivedAtMs.length < nextOffset) arrivedAtMs.push(now)
    onRecords()
    return nextOffset
  }
  const stream = await FetchStream.open({ port: job.port, topic: job.topic, partition: 0, onAnswer })
  stream.ask(0)
  const commits = setInterval(() => void member.commit(arrivedAtMs.length), job.commitEveryMs)
  const heartbeats = setInterval(() => void member.heartbeat(), heartbeatEveryMs)
  return {
    arrivedAtMs,
    async stop(records) {
      await new Promise<void>((resolve) => {
        onRecords = () => arrivedAtMs.length >= records && resolve()
        onRecords()
      })
      clearInterval(commits)
      clearInterval(heartbeats)
      stream.close()
      member.close()
    },
  }
}
