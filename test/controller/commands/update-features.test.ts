/** Levels of a cluster that was begun by an older release: what may be raised and lowered there, and what comes along. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { updateFeatures } from '../../../src/controller/commands/update-features.ts'
import { REGISTERED_FEATURES } from '../../../src/metadata/features.ts'
import { imageOf, record } from '../support/records.ts'

const UPGRADE = 1
const SAFE_DOWNGRADE = 2
const UNSAFE_DOWNGRADE = 3

const stateAt = (metadataVersion: number): CommandState => ({
  image: imageOf([
    record('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: metadataVersion }),
    record('RegisterBrokerRecord', 1, { brokerId: 1, features: REGISTERED_FEATURES.map((range) => ({ ...range })) }),
    record('ConfigRecord', 0, { resourceType: 4, resourceName: '1', name: 'min.insync.replicas', value: '2' }),
  ]),
  nextOffset: 11,
  nodeId: 1,
  config: new BrokerConfig({}),
  quorum: { epoch: 1, endOffset: 11, kraftVersion: 0, voters: null },
  nowMs: 0,
})

function update(
  metadataVersion: number,
  updates: [feature: string, level: number][],
  upgradeType = UPGRADE,
  validateOnly = false,
) {
  const featureUpdates = updates.map(([feature, maxVersionLevel]) => {
    return { feature, maxVersionLevel, upgradeType, allowDowngrade: false }
  })
  const request = { timeoutMs: 1_000, featureUpdates, validateOnly }
  const { records, response } = updateFeatures(stateAt(metadataVersion), request, { apiVersion: 2 })
  return { records, code: response.errorCode ?? 0 }
}

t.test('the metadata version goes back as far as nothing new came with it', (t) => {
  const level = (featureLevel: number) => ({ value: { name: 'metadata.version', featureLevel } })
  t.match(update(29, [['metadata.version', 23]], SAFE_DOWNGRADE).records, [level(23)])
  const { INVALID_UPDATE_VERSION } = ErrorCode
  for (const type of [SAFE_DOWNGRADE, UNSAFE_DOWNGRADE]) {
    t.same(update(29, [['metadata.version', 22]], type), { records: [], code: INVALID_UPDATE_VERSION })
    t.same(update(30, [['metadata.version', 29]], type), { records: [], code: INVALID_UPDATE_VERSION })
  }
  t.same(update(29, [['metadata.version', 28]]), { records: [], code: INVALID_UPDATE_VERSION })
  t.match(update(7, [['metadata.version', 30]]).records, [level(30)])
  t.same(update(7, [['metadata.version', 30]], UPGRADE, true), { records: [], code: 0 })
  t.end()
})

t.test('eligible leader replicas need their metadata version, and one minimum for all brokers', (t) => {
  const elr = ['eligible.leader.replicas.version', 1] as [string, number]
  t.same(update(22, [elr]), { records: [], code: ErrorCode.INVALID_UPDATE_VERSION })
  const records = [
    { type: 'ConfigRecord', value: { resourceName: '', name: 'min.insync.replicas', value: '1' } },
    { type: 'ConfigRecord', value: { resourceName: '1', name: 'min.insync.replicas', value: null } },
    { type: 'FeatureLevelRecord', value: { name: elr[0], featureLevel: 1 } },
  ]
  t.match(update(23, [elr]).records, records)
  t.equal(update(22, [['metadata.version', 23], elr]).records.length, 4)
  t.end()
})
