import type { BenchCase } from '../bench-case.ts'
import { clientCases } from './clients.ts'
import { clusterCases } from './cluster.ts'
import { compactionCase } from './compaction.ts'
import { consumeCases } from './consume.ts'
import { crowdCases } from './crowd.ts'
import { latencyCases, pingPongCase } from './latency.ts'
import { produceCases, sinkCase } from './produce.ts'
import { proxyCase } from './proxy.ts'
import { securityCases } from './security.ts'
import { shareCases } from './share.ts'
import { transactionCases } from './transactions.ts'
import { watchedCases } from './watched.ts'

/** In the order in which a round runs them. */
export const cases: readonly BenchCase[] = [
  ...produceCases,
  ...consumeCases,
  ...shareCases,
  ...latencyCases,
  ...transactionCases,
  ...crowdCases,
  ...clientCases,
  compactionCase,
  ...securityCases,
  ...clusterCases,
  proxyCase,
  ...watchedCases,
  sinkCase,
  pingPongCase,
]

/** The figures that a start tells by itself, without a case. */
export const START = 'start/fresh'
/** The most memory that a broker held in the base case of produce, and in the whole round. */
export const MEMORY = 'memory/resident'
