import type { Scenario } from '../scenario.ts'
import { clusterScenarios } from './cluster.ts'
import { configScenarios } from './configs.ts'
import { consumerGroupScenarios } from './consumer-groups.ts'
import { groupScenarios } from './groups.ts'
import { idempotentScenarios } from './idempotent.ts'
import { logDirScenarios } from './log-dirs.ts'
import { markerScenarios } from './markers.ts'
import { metadataScenarios } from './metadata.ts'
import { offsetScenarios } from './offsets.ts'
import { randomScenarios } from './random.ts'
import { readScenarios } from './reads.ts'
import { shareFetchScenarios } from './share-fetch.ts'
import { shareGroupScenarios } from './share-groups.ts'
import { streamsGroupScenarios } from './streams-groups.ts'
import { topicScenarios } from './topics.ts'
import { transactionScenarios } from './transactions.ts'
import { versionScenarios } from './versions.ts'
import { writeScenarios } from './writes.ts'

export function scenarios(options: { seed: number; perVersion: number }): Scenario[] {
  return [
    ...versionScenarios,
    ...metadataScenarios,
    ...topicScenarios,
    ...configScenarios,
    ...clusterScenarios,
    ...logDirScenarios,
    ...writeScenarios,
    ...idempotentScenarios,
    ...readScenarios,
    ...offsetScenarios,
    ...groupScenarios,
    ...consumerGroupScenarios,
    ...shareGroupScenarios,
    ...shareFetchScenarios,
    ...streamsGroupScenarios,
    ...transactionScenarios,
    ...markerScenarios,
    ...randomScenarios(options),
  ]
}
