import { listGroups } from '../../client/admin/groups.ts'
import type { CommandContext } from '../cluster/context.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'
import type { Tone } from '../print/style.ts'

interface ListOptions {
  readonly type?: string
  readonly state?: string
}

export async function listTheGroups({ client, words, options }: CommandContext<ListOptions>): Promise<Answer> {
  const rows = (await listGroups(client)).filter(
    ({ groupId, type, state }) =>
      (words.length === 0 || words.some((word) => groupId.includes(word))) &&
      (options.type === undefined || options.type === type) &&
      (options.state === undefined || options.state.toLowerCase() === state.toLowerCase()),
  )
  return tableAnswer({
    columns: [
      { title: 'GROUP', of: ({ groupId }) => groupId, tone: () => 'name' },
      { title: 'TYPE', of: ({ type }) => type },
      { title: 'STATE', of: ({ state }) => state, tone: ({ state }) => stateTone(state) },
      { title: 'COORDINATOR', of: ({ coordinator }) => coordinator },
    ],
    rows,
  })
}

export function stateTone(state: string): Tone | null {
  if (state === 'Stable') return 'good'
  if (state === 'Dead' || state === 'NotReady') return 'bad'
  return state === 'Empty' ? 'quiet' : 'warn'
}
