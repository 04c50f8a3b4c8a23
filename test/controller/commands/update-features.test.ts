/** Levels of a cluster that was begun by an older release: what may be raised and lowered there, and what comes along. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { updateFeatures } from '../../../src/controller/commands/update-features.ts'
import { SUPPORTED_FEATURES } from '../../../src/metadata/features.ts'
import { imageOf, record } from '../support/records.ts'
import { VOTER } from '../support/voter.ts'

const UPGRADE = 1
const SAFE_DOWNGRADE = 2
const UNSAFE_DOWNGRADE = 3

const stateAt = (metadataVersion: number): CommandState => ({
  image: imageOf([
    record('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: metadataVersion }),
    record('RegisterBrokerRecord', 1, { brokerId: 1, features: SUPPORTED_FEATURES.map((range) => ({ ...range })) }),
    record('ConfigRecord', 0, { resourceType: 4, resourceName: '1', name: 'min.insync.replicas', value: '2' }),
  ]),
  nextOffset: 11,
  nodeId: 1,
  config: new BrokerConfig({}),
  voter: VOTER,
  epoch: 1,
  endOffset: 11,
  observers: [],
  nowMs: 0,
})

function update(
  state: CommandState | number,
  updates: [feature: string, level: number][],
  upgradeType = UPGRADE,
  validateOnly = false,
) {
  const featureUpdates = updates.map(([feature, maxVersionLevel]) => {
    return { feature, maxVersionLevel, upgradeType, allowDowngrade: false }
  })
  const request = { timeoutMs: 1_000, featureUpdates, validateOnly }
  const before = typeof state === 'number' ? stateAt(state) : state
  const { response, ...change } = updateFeatures(before, request, { apiVersion: 2 })
  return { ...change, code: response.errorCode ?? 0, ...(response.errorMessage && { message: response.errorMessage }) }
}

t.test('the metadata version goes back as far as nothing new came with it', (t) => {
  const level = (featureLevel: number) => ({ value: { name: 'metadata.version', featureLevel } })
  t.match(update(29, [['metadata.version', 23]], SAFE_DOWNGRADE).records, [level(23)])
  const { INVALID_UPDATE_VERSION } = ErrorCode
  for (const type of [SAFE_DOWNGRADE, UNSAFE_DOWNGRADE]) {
    t.match(update(29, [['metadata.version', 22]], type), { records: [], code: INVALID_UPDATE_VERSION })
    t.match(update(30, [['metadata.version', 29]], type), { records: [], code: INVALID_UPDATE_VERSION })
  }
  t.match(update(29, [['metadata.version', 28]]), { records: [], code: INVALID_UPDATE_VERSION })
  t.match(update(7, [['metadata.version', 30]]).records, [level(30)])
  t.same(update(7, [['metadata.version', 30]], UPGRADE, true), { records: [], code: 0 })
  t.end()
})

t.test('eligible leader replicas need their metadata version, and one minimum for all brokers', (t) => {
  const elr = ['eligible.leader.replicas.version', 1] as [string, number]
  t.match(update(22, [elr]), { records: [], code: ErrorCode.INVALID_UPDATE_VERSION })
  const records = [
    { type: 'ConfigRecord', value: { resourceName: '', name: 'min.insync.replicas', value: '1' } },
    { type: 'ConfigRecord', value: { resourceName: '1', name: 'min.insync.replicas', value: null } },
    { type: 'FeatureLevelRecord', value: { name: elr[0], featureLevel: 1 } },
  ]
  t.match(update(23, [elr]).records, records)
  t.equal(update(22, [['metadata.version', 23], elr]).records.length, 4)
  t.end()
})

/** Apache 4.4.0 answers so, asked by its kafka-features in this order. */
t.test('kraft.version goes up once: from there on the log says who votes', (t) => {
  const at0 = stateAt(33)
  const raised: [string, number][] = [['kraft.version', 1]]
  const quorum = { kraftVersion: 1, voters: { version: 0, voters: [VOTER] } }
  t.same(update(at0, raised, UPGRADE, true), { records: [], code: 0 })
  t.match(update(at0, [['kraft.version', 2]]), {
    records: [],
    code: ErrorCode.INVALID_UPDATE_VERSION,
    message: /Invalid update version 2 for feature kraft.version. Local controller 1 only supports versions 0-1$/,
  })
  t.same(update(at0, raised), { records: [], quorum, code: 0 })
  const at1 = { ...at0, image: { ...at0.image, quorum } }
  t.same(update(at1, raised), { records: [], code: 0 }, 'what is so already is written no more')
  for (const type of [SAFE_DOWNGRADE, UNSAFE_DOWNGRADE]) {
    const refused = update(
      at1,
      [
        ['kraft.version', 0],
        ['metadata.version', 33],
      ],
      type,
    )
    t.match(refused, { records: [], code: ErrorCode.INVALID_UPDATE_VERSION })
    t.match(refused.message, /for feature kraft.version. Can't downgrade the version of this feature.$/)
  }
  const both = update(stateAt(30), [
    ['kraft.version', 1],
    ['metadata.version', 33],
  ])
  t.match(both, { quorum, records: [{ value: { name: 'metadata.version', featureLevel: 33 } }], code: 0 })
  t.equal(both.records.length, 1)
  t.end()
})
