/** CreateAcls and DeleteAcls as AclControlManager of Apache Kafka 4.4.0 judges and records them. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { createAcls } from '../../../src/controller/commands/create-acls.ts'
import { deleteAcls } from '../../../src/controller/commands/delete-acls.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { imageOf, record } from '../support/records.ts'
import { VOTER } from '../support/voter.ts'

const TOPIC = 2
const LITERAL = 3
const PREFIXED = 4
const READ = 3
const ALLOW = 3

const stateOf = (image: MetadataImage): CommandState => ({
  image,
  nextOffset: 11,
  nodeId: 1,
  config: new BrokerConfig({}),
  voter: VOTER,
  epoch: 1,
  endOffset: 11,
  observers: [],
  nowMs: 0,
})
const atLevel = (featureLevel: number): MetadataImage =>
  imageOf([record('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel })])
const chances = Array.from({ length: 20 }, (_, i) => ({
  uuid: `AAAAAAAAAAAAAAAAAAAA${String.fromCharCode(65 + i)}A`,
  integer: 0,
}))
const acl = (more: object = {}) => ({
  resourceType: TOPIC,
  resourceName: 'orders',
  resourcePatternType: LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: READ,
  permissionType: ALLOW,
  ...more,
})
const any = (more: object = {}) => ({
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
  ...more,
})

t.test('an ACL becomes a record once', (t) => {
  const image = atLevel(33)
  const created = createAcls(stateOf(image), { creations: [acl(), acl(), acl({ operation: 4 })] }, { chances })
  t.match(created.response.results, Array(3).fill({ errorCode: ErrorCode.NONE }))
  t.strictSame(
    created.records.map(({ type }) => type),
    ['AccessControlEntryRecord', 'AccessControlEntryRecord'],
  )
  t.match(created.records[0], { version: 0, value: { resourceName: 'orders', patternType: LITERAL, host: '*' } })
  const again = createAcls(stateOf(imageOf(created.records, image)), { creations: [acl()] }, { chances })
  t.strictSame(again.records, [])
  t.end()
})

const REFUSED: readonly [what: object, code: keyof typeof ErrorCode, message: string][] = [
  [{ resourceType: 4 }, 'INVALID_REQUEST', 'The only valid name for the CLUSTER resource is kafka-cluster'],
  [{ resourceName: '' }, 'INVALID_REQUEST', 'Invalid empty resource name'],
  [{ resourceType: 1 }, 'INVALID_REQUEST', 'Invalid resourceType ANY'],
  [{ resourcePatternType: 2 }, 'INVALID_REQUEST', 'Invalid patternType MATCH'],
  [{ operation: 1 }, 'INVALID_REQUEST', 'Invalid operation ANY'],
  [{ permissionType: 1 }, 'INVALID_REQUEST', 'Invalid permissionType ANY'],
  [
    { principal: 'alice' },
    'INVALID_REQUEST',
    'Could not parse principal from `alice` (no colon is present separating the principal type from the principal name)',
  ],
  [{ host: '' }, 'INVALID_REQUEST', 'Host pattern cannot be null or empty'],
  [{ host: '256.0.0.0/8' }, 'INVALID_REQUEST', "Invalid CIDR notation '256.0.0.0/8': Value [256] not in range [0,255]"],
  [
    { host: '::ffff:1.2.3.4/96' },
    'INVALID_REQUEST',
    "Invalid CIDR notation '::ffff:1.2.3.4/96': Could not parse [::ffff:1.2.3.4] - not an IPv6 address",
  ],
  [{ host: '1::2::3/4' }, 'INVALID_REQUEST', "Invalid CIDR notation '1::2::3/4': Could not parse [1::2::3]"],
  [{ host: '10.0.0.0/33' }, 'INVALID_REQUEST', "Invalid CIDR notation '10.0.0.0/33': Value [33] not in range [0,32]"],
]
t.test('what cannot be is refused, and keeps nothing else out', (t) => {
  for (const [what, code, message] of REFUSED) {
    const { records, response } = createAcls(stateOf(atLevel(33)), { creations: [acl(what), acl()] }, { chances })
    t.match(response.results?.[0], { errorCode: ErrorCode[code], errorMessage: message })
    t.equal(records.length, 1, message)
  }
  const old = createAcls(stateOf(atLevel(31)), { creations: [acl({ host: '10.0.0.0/8' })] }, { chances })
  t.match(old.response.results, [
    {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      errorMessage: 'CIDR-based ACL host patterns require metadata version 4.4-IV1 or higher.',
    },
  ])
  const ranges = ['10.1.2.3/8', 'fd00::/8', 'fe80::1%1/64'].map((host) => acl({ host }))
  t.equal(createAcls(stateOf(atLevel(32)), { creations: ranges }, { chances }).records.length, 3)
  t.end()
})

t.test('filters remove what they match, each ACL once', (t) => {
  const before = atLevel(33)
  const creations = [
    acl(),
    acl({ resourceName: 'ord', resourcePatternType: PREFIXED }),
    acl({ resourceName: '*', principal: 'User:*' }),
    acl({ resourceName: 'other' }),
    acl({ resourceType: 3, resourceName: 'orders' }),
  ]
  const image = imageOf(createAcls(stateOf(before), { creations }, { chances }).records, before)
  const matched = (...filters: object[]) => {
    const { records, response } = deleteAcls(stateOf(image), { filters: filters.map(any) })
    const names = response.filterResults?.map(({ matchingAcls }) =>
      matchingAcls?.map((each) => each.resourceName).sort(),
    )
    return { names, removed: records.length, left: imageOf(records, image).acls.size }
  }
  const topic = { resourceTypeFilter: TOPIC, resourceNameFilter: 'orders' }
  t.strictSame(matched({ ...topic, patternTypeFilter: LITERAL }), { names: [['orders']], removed: 1, left: 4 })
  t.strictSame(matched({ ...topic, patternTypeFilter: 2 }), { names: [['*', 'ord', 'orders']], removed: 3, left: 2 })
  t.strictSame(matched(topic, { ...topic, patternTypeFilter: 2 }), {
    names: [['orders'], ['*', 'ord', 'orders']],
    removed: 3,
    left: 2,
  })
  t.strictSame(matched({ principalFilter: 'User:*' }), { names: [['*']], removed: 1, left: 4 })
  t.strictSame(matched({ hostFilter: '10.0.0.0' }, { operation: 2 }), { names: [[], []], removed: 0, left: 5 })
  t.equal(matched({}).left, 0)
  t.end()
})
