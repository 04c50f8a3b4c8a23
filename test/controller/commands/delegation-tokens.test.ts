/** Delegation tokens as Apache's DelegationTokenControlManager makes, renews, ends and sweeps them. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import {
  createDelegationToken,
  expireDelegationToken,
  removeExpiredTokens,
  renewDelegationToken,
} from '../../../src/controller/commands/delegation-tokens.ts'
import { initialFeatureLevels } from '../../../src/metadata/features.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { LATEST_METADATA_LEVEL } from '../../../src/metadata/metadata-version.ts'
import { snapshotRecords } from '../../../src/metadata/snapshot-records.ts'
import { tokenHmac } from '../../../src/security/delegation-tokens.ts'
import { userPrincipal } from '../../../src/security/principal.ts'
import { contentOf, imageOf, record } from '../support/records.ts'
import { VOTER } from '../support/voter.ts'

const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(userPrincipal)
const SECRET = { 'delegation.token.secret.key': 'Jefe' }
/** The token's id is the text of RFC 4231's second test case, and the secret is its key. */
const TOKEN_ID = 'what do ya want for nothing?'
const HMAC = Buffer.from(
  '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  'hex',
)
const DAY = 86_400_000n
const chances = [{ uuid: TOKEN_ID, integer: 0 }]

const empty = (level = LATEST_METADATA_LEVEL): MetadataImage =>
  imageOf(
    initialFeatureLevels(level).map(([name, featureLevel]) => record('FeatureLevelRecord', 0, { name, featureLevel })),
  )

const stateOf = (image: MetadataImage, nowMs = 1000, properties: Record<string, string> = SECRET): CommandState => ({
  image,
  nextOffset: 11,
  nodeId: 1,
  config: new BrokerConfig(properties),
  voter: VOTER,
  epoch: 1,
  endOffset: 11,
  observers: [],
  nowMs,
})

const request = (more: object = {}) => ({
  ownerPrincipalType: null,
  ownerPrincipalName: null,
  renewers: [{ principalType: 'User', principalName: 'bob' }],
  maxLifetimeMs: -1n,
  ...more,
})
const create = (state: CommandState, more: object = {}, principal = alice) =>
  createDelegationToken(state, request(more), { apiVersion: 3, principal, chances })
const withToken = (more: object = {}): MetadataImage => imageOf(create(stateOf(empty()), more).records, empty())
const tokenIn = (image: MetadataImage) => image.delegationTokens.get(TOKEN_ID)
const as = (principal = alice) => ({ apiVersion: 2, principal, chances: [] })

t.test('a token is the requester’s own, holds for a day, and may be renewed for a week', (t) => {
  const { records, response } = create(stateOf(empty()))
  t.same(records, [
    record('DelegationTokenRecord', 0, {
      owner: 'User:alice',
      requester: 'User:alice',
      renewers: ['User:bob'],
      issueTimestamp: 1000n,
      maxTimestamp: 1000n + 7n * DAY,
      expirationTimestamp: 1000n + DAY,
      tokenId: TOKEN_ID,
    }),
  ])
  t.same(response, {
    errorCode: 0,
    principalType: 'User',
    principalName: 'alice',
    tokenRequesterPrincipalType: 'User',
    tokenRequesterPrincipalName: 'alice',
    issueTimestampMs: 1000n,
    expiryTimestampMs: 1000n + DAY,
    maxTimestampMs: 1000n + 7n * DAY,
    tokenId: TOKEN_ID,
    hmac: HMAC,
  })
  t.same(tokenHmac('Jefe', TOKEN_ID), HMAC)
  t.end()
})

t.test('delegation.token.expiry.time.ms and delegation.token.max.lifetime.ms are these times', (t) => {
  const times = { 'delegation.token.expiry.time.ms': '5000', 'delegation.token.max.lifetime.ms': '9000' }
  const { response } = create(stateOf(empty(), 1000, { ...SECRET, ...times }))
  t.match(response, { expiryTimestampMs: 6000n, maxTimestampMs: 10_000n })
  t.end()
})

t.test('a token for somebody else, of a short life', (t) => {
  const { response } = create(stateOf(empty()), {
    ownerPrincipalType: 'User',
    ownerPrincipalName: 'carol',
    maxLifetimeMs: 5n,
  })
  t.match(response, { principalName: 'carol', tokenRequesterPrincipalName: 'alice' })
  t.match(response, { maxTimestampMs: 1005n, expiryTimestampMs: 1005n })
  t.equal(create(stateOf(empty()), { maxLifetimeMs: 2n ** 63n - 1n }).response.maxTimestampMs, 1000n + 7n * DAY)
  t.end()
})

t.test('what is refused', (t) => {
  const code = ({ response, records }: { response: { errorCode?: number }; records: readonly object[] }) => {
    t.equal(records.length, 0)
    return response.errorCode
  }
  const off = stateOf(empty(), 1000, {})
  t.equal(code(create(off)), ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED)
  t.equal(code(create(stateOf(empty(13)))), ErrorCode.UNSUPPORTED_VERSION)
  t.equal(create(stateOf(empty(14))).response.errorCode, ErrorCode.NONE)
  const group = [{ principalType: 'Group', principalName: 'x' }]
  t.equal(code(create(stateOf(empty()), { renewers: group })), ErrorCode.INVALID_PRINCIPAL_TYPE)
  const image = withToken()
  for (const [command, period] of [
    [renewDelegationToken, { renewPeriodMs: -1n }],
    [expireDelegationToken, { expiryTimePeriodMs: 5n }],
  ] as const) {
    const run = (state: CommandState, hmac: Buffer, principal = alice) =>
      code(command(state, { hmac, renewPeriodMs: 0n, expiryTimePeriodMs: 0n, ...period }, as(principal)))
    t.equal(run(off, HMAC), ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED)
    t.equal(run(stateOf(empty(13)), HMAC), ErrorCode.UNSUPPORTED_VERSION)
    t.equal(run(stateOf(image), Buffer.alloc(64)), ErrorCode.DELEGATION_TOKEN_NOT_FOUND)
    t.equal(run(stateOf(image), Buffer.alloc(0)), ErrorCode.DELEGATION_TOKEN_NOT_FOUND)
    t.equal(run(stateOf(image), HMAC, carol), ErrorCode.DELEGATION_TOKEN_OWNER_MISMATCH)
    t.equal(run(stateOf(image, 1001 + Number(DAY)), HMAC), ErrorCode.DELEGATION_TOKEN_EXPIRED)
  }
  t.end()
})

t.test('a renewer lets it hold for longer, though never beyond its greatest age', (t) => {
  const renew = (image: MetadataImage, nowMs: number, renewPeriodMs: bigint) => {
    const { records, response } = renewDelegationToken(stateOf(image, nowMs), { hmac: HMAC, renewPeriodMs }, as(bob))
    const after = imageOf(records, image)
    t.equal(response.expiryTimestampMs, tokenIn(after)?.expirationTimestamp)
    return after
  }
  let image = renew(withToken(), 2000, -1n)
  t.equal(tokenIn(image)?.expirationTimestamp, 2000n + DAY)
  image = renew(image, 2000, 7n)
  t.equal(tokenIn(image)?.expirationTimestamp, 2007n, 'it may end earlier by that, as with Apache')
  image = renew(withToken({ maxLifetimeMs: 2n * DAY }), Number(DAY), DAY * 5n)
  t.equal(tokenIn(image)?.expirationTimestamp, 2n * DAY, 'a day is the longest renewal')
  image = renew(image, Number(2n * DAY), -1n)
  t.equal(tokenIn(image)?.expirationTimestamp, 1000n + 2n * DAY)
  t.end()
})

t.test('it ends at once, or later, and is swept away when it has ended', (t) => {
  const image = withToken()
  const expire = (expiryTimePeriodMs: bigint, nowMs = 5000) =>
    expireDelegationToken(stateOf(image, nowMs), { hmac: HMAC, expiryTimePeriodMs }, as(bob))
  const atOnce = expire(-1n)
  t.same(atOnce.response, { errorCode: 0, expiryTimestampMs: 5000n })
  t.equal(imageOf(atOnce.records, image).delegationTokens.size, 0)
  t.equal(expire(-1n, Number(DAY * 8n)).records.length, 1, 'one that has ended by itself can still be removed')
  t.equal(expire(2n ** 63n - 1n).response.expiryTimestampMs, 1000n + 7n * DAY)
  const soon = imageOf(expire(0n).records, image)
  t.equal(tokenIn(soon)?.expirationTimestamp, 5000n)
  t.same(removeExpiredTokens(stateOf(soon, 5000)).records, [], 'its last millisecond counts')
  const { records } = removeExpiredTokens(stateOf(soon, 5001))
  t.same(records, [{ type: 'RemoveDelegationTokenRecord', version: 0, value: { tokenId: TOKEN_ID } }])
  t.end()
})

t.test('a snapshot keeps tokens where the level of the metadata knows them', (t) => {
  const image = withToken()
  t.same(contentOf(imageOf([...snapshotRecords(image)])), contentOf(image))
  const lowered = imageOf([record('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 13 })], image)
  t.equal(imageOf([...snapshotRecords(lowered)]).delegationTokens.size, 0)
  t.end()
})
