/**
 * Every API in every version, by every principal: what is refused, with which error, and what is left out of an answer.
 * The short run asks for the newest versions alone.
 */
import { principals } from '../../permissions/principals.ts'
import { OWN_CONNECTION, requests } from '../../permissions/requests/index.ts'
import { makeWorld, type World } from '../../permissions/world.ts'
import type { Scenario } from '../scenario.ts'
import { type Session, type SessionBroker, versionsOf } from '../session.ts'

const tokens = new WeakMap<SessionBroker, World['token']>()

/** The scenario that comes first makes what all ask about. */
async function worldOf(session: Session): Promise<World> {
  const token = tokens.get(session.broker) ?? (await makeWorld(session))
  tokens.set(session.broker, token)
  await session.learnTopicIds()
  return { session, token, count: 0 }
}

/** APIs that change what the next request of them is answered: they are asked one after the other. */
const IN_TURN: ReadonlySet<string> = new Set([
  'Produce',
  'DeleteTopics',
  'OffsetCommit',
  'DeleteGroups',
  'OffsetDelete',
  'ShareFetch',
  'ShareAcknowledge',
  'AlterShareGroupOffsets',
  'DeleteShareGroupOffsets',
  'InitializeShareGroupState',
  'WriteShareGroupState',
  'DeleteShareGroupState',
  'InitProducerId',
  'WriteTxnMarkers',
  'TxnOffsetCommit',
  'CreateAcls',
  'DeleteAcls',
  'CreateDelegationToken',
  'RenewDelegationToken',
  'ExpireDelegationToken',
])

/** Requests of all principals are under way at once. */
const ANSWERED_WITHIN_MS = 60_000

const ofApi = (name: string, isQuick: boolean): Scenario => ({
  name: `permissions: ${name}`,
  quick: true,
  async run(session) {
    const world = await worldOf(session)
    for (const version of isQuick ? versionsOf(name).slice(-1) : versionsOf(name)) {
      const answers: Promise<unknown>[] = []
      for (const { user } of principals) {
        world.count++
        const connection = OWN_CONNECTION.has(name) ? `${world.count}` : undefined
        for (const { label, body, before } of requests[name]!(world, version)) {
          await before?.()
          const answer = session.send(name, version, body, {
            as: user,
            label: `${user}, ${label}`,
            connection,
            timeoutMs: ANSWERED_WITHIN_MS,
          })
          answers.push(answer)
          if (IN_TURN.has(name)) await answer
        }
      }
      await Promise.all(answers)
    }
  },
})

/** Topics that Metadata makes on the way come at a time of their own; nothing is asked about all topics behind these. */
const madeOnTheWay: Scenario = {
  name: 'permissions: topics made by Metadata',
  async run(session) {
    for (const version of versionsOf('Metadata')) {
      for (const { user } of principals) {
        const topics = ['mine', 'theirs'].map((name) => ({ name: `${name}-${version}-${user}` }))
        const body = { topics, allowAutoTopicCreation: true }
        await session.send('Metadata', version, body, { as: user, label: user })
      }
    }
  },
}

export const securedScenarios = (isQuick: boolean): Scenario[] => [
  ...Object.keys(requests).map((name) => ofApi(name, isQuick)),
  ...(isQuick ? [] : [madeOnTheWay]),
]
