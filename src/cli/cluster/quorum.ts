import { describeFeatures, describeQuorum, updateFeature } from '../../client/admin/cluster.ts'
import { splitAssignment, wholeNumber } from '../definition/values.ts'
import { type Answer, tableAnswer, tableSection, wordsAnswer } from '../print/answer.ts'
import type { CommandContext } from './context.ts'

export async function showQuorum({ client, environment }: CommandContext): Promise<Answer> {
  const quorum = await describeQuorum(client)
  const nowMs = environment.clock.nowMs()
  const ago = (ms: number | null) => (ms === null ? null : `${Math.max(0, Math.round((nowMs - ms) / 1_000))} s ago`)
  return {
    sections: [
      {
        facts: [
          ['leader', quorum.leaderId],
          ['epoch', quorum.leaderEpoch],
          ['high watermark', quorum.highWatermark],
        ],
      },
      tableSection({
        columns: [
          { title: 'NODE', of: ({ replicaId }) => replicaId },
          { title: 'ROLE', of: ({ role }) => role, tone: ({ role }) => (role === 'leader' ? 'good' : null) },
          { title: 'LOG END', of: ({ logEndOffset }) => logEndOffset },
          { title: 'LAG', of: ({ lag }) => lag },
          { title: 'CAUGHT UP', of: ({ lastCaughtUpMs }) => ago(lastCaughtUpMs) },
        ],
        rows: quorum.replicas,
      }),
    ],
    json: [quorum],
  }
}

interface FeatureOptions {
  readonly set?: readonly string[]
  readonly downgrade?: boolean
  readonly unsafe?: boolean
  readonly dryRun?: boolean
}

export async function showFeatures({ client, options }: CommandContext<FeatureOptions>): Promise<Answer> {
  const { set = [], downgrade, unsafe, dryRun: validateOnly = false } = options
  const changes = set.map(splitAssignment).map(([name, level]) => ({ name, level: wholeNumber(level) }))
  const type = unsafe ? ('UNSAFE_DOWNGRADE' as const) : downgrade ? ('SAFE_DOWNGRADE' as const) : ('UPGRADE' as const)
  for (const change of changes) await updateFeature(client, change, { type, validateOnly })
  if (changes.length > 0) {
    const done = validateOnly ? 'could be' : 'is'
    return wordsAnswer(
      changes.map(({ name, level }) => `${name} ${done} at level ${level}.`),
      changes,
    )
  }
  return tableAnswer({
    columns: [
      { title: 'FEATURE', of: ({ name }) => name, tone: () => 'name' },
      { title: 'LEVEL', of: ({ level }) => level },
      { title: 'SUPPORTED', of: ({ min, max }) => `${min} to ${max}` },
    ],
    rows: await describeFeatures(client),
  })
}
