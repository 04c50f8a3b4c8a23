/** The load generator's process: takes one job at a time and answers with what it measured. */

import { allMetadata } from './all-metadata.ts'
import { createReplicatedTopic, firstWrite, produceToLeaders } from './cluster.ts'
import { consume } from './consume.ts'
import { detours } from './detours.ts'
import { fixedWork } from './fixed-work.ts'
import { groupCommits } from './group-commits.ts'
import { idleConsumers } from './idle-consumers.ts'
import { fillWithKeys, keysLeft } from './keys.ts'
import { endToEndLatency, produceLatency } from './latencies.ts'
import { manyConnections } from './many-connections.ts'
import { manyGroups } from './many-groups.ts'
import { pingPong } from './ping-pong.ts'
import { produce } from './produce.ts'
import { rebalances } from './rebalances.ts'
import { share } from './share.ts'
import { soak } from './soak.ts'
import { soakTransactions } from './soak-transactions.ts'
import { alterTopic, createTopic, deleteTopic } from './topics.ts'

const jobs = {
  allMetadata,
  alterTopic,
  consume,
  createReplicatedTopic,
  createTopic,
  deleteTopic,
  detours,
  endToEndLatency,
  fillWithKeys,
  firstWrite,
  fixedWork,
  groupCommits,
  idleConsumers,
  keysLeft,
  manyConnections,
  manyGroups,
  pingPong,
  produce,
  produceLatency,
  produceToLeaders,
  rebalances,
  share,
  soak,
  soakTransactions,
}
export type Jobs = typeof jobs
export type JobName = keyof Jobs

export interface JobRequest {
  name: JobName
  options: never
}

process.on('message', async ({ name, options }: JobRequest) => {
  const run = jobs[name] as (options: never) => Promise<unknown>
  process.send!({ result: (await run(options)) ?? {} })
})
// A job that cannot go on has no result: the process ends with its stack, and whoever waits is told.
process.on('disconnect', () => process.exit(0))
