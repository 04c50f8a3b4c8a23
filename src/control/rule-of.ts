/** A rule from its description in JSON. */
import type { z } from '@hono/zod-openapi'
import type { ApiName } from '../../protocol/api-types.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Faults } from '../testing/faults/faults.ts'
import { apiNamed, type Match } from '../testing/faults/match.ts'
import type { Rule } from '../testing/faults/rule.ts'
import type { RuleToMake } from './schemas.ts'
import { checkFields, matches, patched } from './values.ts'

type Description = z.infer<typeof RuleToMake>

const ACTIONS = ['error', 'delayMs', 'drop', 'hold', 'throttleMs', 'reply'] as const

/** Throws a `TypeError` that says what is wrong with the description; no rule is made then. */
export function ruleOf(faults: Faults, description: Description): Rule {
  const { api, where, reply, times, chance, seed } = description
  const names = typeof api === 'string' ? [api] : api
  const actions = ACTIONS.filter((action) => description[action] !== undefined)
  if (actions.length > 1) {
    throw new TypeError(`A rule does one thing: make ${actions.length} rules for ${actions.join(' and ')}.`)
  }
  if (description.message !== undefined && description.error === undefined) {
    throw new TypeError('A `message` goes with an `error`: name one.')
  }
  for (const name of names) {
    const { request, response } = apiNamed(name)
    if (where !== undefined) checkFields(request, where)
    if (reply !== undefined) checkFields(response, reply)
  }
  // `apiNamed` has thrown for a name that is none of an API's.
  const rule = faults.on(unchecked<ApiName[]>(names), matchOf(description))
  try {
    act(rule, description)
    if (times !== undefined) rule.times(times)
    if (chance !== undefined) rule.chance(chance, seed)
    return rule
  } catch (error) {
    rule[Symbol.dispose]()
    throw error
  }
}

function matchOf({ topic, partition, clientId, groupId, transactionalId, user, where }: Description): Match {
  return {
    ...(topic !== undefined && { topic }),
    ...(partition !== undefined && { partition }),
    ...(clientId !== undefined && { clientId }),
    ...(groupId !== undefined && { groupId }),
    ...(transactionalId !== undefined && { transactionalId }),
    ...(user !== undefined && { user }),
    ...(where !== undefined && { when: (request: unknown) => matches(where, request) }),
  }
}

function act(rule: Rule, { error, message, delayMs, drop, hold, throttleMs, reply }: Description): void {
  if (error !== undefined) {
    // The rule refuses a name that Kafka does not have.
    rule.error(unchecked<ErrorName>(error), message)
  }
  if (delayMs !== undefined) rule.delay(delayMs)
  if (drop !== undefined) rule.drop(drop)
  if (hold !== undefined) rule.hold()
  if (throttleMs !== undefined) rule.throttle(throttleMs)
  if (reply === undefined) return
  rule.reply((_request, real, { api }) => {
    // The patch was held against the fields of this response when the rule was made.
    return unchecked<typeof real>(patched(apiNamed(api).response, real as object, reply))
  })
}
