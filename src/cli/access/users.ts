import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { deleteUser, describeUsers, type ScramUser, setUser } from '../../client/admin/users.ts'
import { SCRAM_MECHANISMS, type ScramMechanism } from '../../security/sasl/scram-keys.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { type Answer, tableAnswer, wordsAnswer } from '../print/answer.ts'
import { askSecret } from '../print/ask.ts'
import { linesOf } from '../records/input.ts'

export async function listUsers({ client }: CommandContext): Promise<Answer> {
  return usersAnswer(await describeUsers(client, null))
}

export async function describeTheUsers({ client, words }: CommandContext): Promise<Answer> {
  return usersAnswer(await describeUsers(client, words))
}

const usersAnswer = (users: readonly ScramUser[]): Answer =>
  tableAnswer({
    columns: [
      { title: 'USER', of: ({ name }) => name, tone: () => 'name' },
      { title: 'MECHANISM', of: ({ mechanism }) => mechanism },
      { title: 'ITERATIONS', of: ({ iterations }) => iterations },
    ],
    rows: users,
    empty: 'There are no users of SCRAM.',
  })

interface CredentialOptions {
  readonly scram: ScramMechanism['name']
  readonly password?: string
  readonly iterations: number
}

export async function createUser(context: CommandContext<CredentialOptions>): Promise<Answer> {
  const [name = ''] = context.words
  const known = (await describeUsers(context.client, null)).some((user) => user.name === name)
  if (known) throw new UsageError(`The user ${name} is there already: samsa users alter gives another password`)
  return set(context, 'Created')
}

export const alterUser = (context: CommandContext<CredentialOptions>): Promise<Answer> => set(context, 'Changed')

async function set(context: CommandContext<CredentialOptions>, done: string): Promise<Answer> {
  const { client, environment, options, words } = context
  const [name = ''] = words
  const { scram, iterations } = options
  const mechanism = SCRAM_MECHANISMS.find((each) => each.name === scram)
  if (mechanism === undefined) throw new UsageError(`There is no mechanism ${scram}`)
  const password = options.password ?? (await givenPassword(name))
  await setUser(client, { name, mechanism, iterations, password, salt: environment.random.bytes(SALT_BYTES) })
  return wordsAnswer([`${done} ${name} (${scram}).`], [{ user: name, mechanism: scram, iterations }])
}

const SALT_BYTES = 24

/** The first line of the standard input, or what is typed unseen. */
async function givenPassword(name: string): Promise<string> {
  if (process.stdin.isTTY) return askSecret(`New password of ${name}: `)
  for await (const line of linesOf(process.stdin)) return line.toString()
  throw new UsageError('There is no password: give --password, or a line on the standard input')
}

export async function deleteUsers({ client, words, options }: CommandContext<{ scram?: string }>): Promise<Answer> {
  const users = await describeUsers(client, null)
  const json: { user: string; mechanism: string }[] = []
  for (const name of words) {
    const own = SCRAM_MECHANISMS.filter(
      (mechanism) =>
        (options.scram ?? mechanism.name) === mechanism.name &&
        users.some((user) => user.name === name && user.mechanism === mechanism.name),
    )
    if (own.length === 0) throw new KafkaError(ErrorCode.RESOURCE_NOT_FOUND, `There are no credentials of ${name}`)
    for (const mechanism of own) {
      await deleteUser(client, name, mechanism)
      json.push({ user: name, mechanism: mechanism.name })
    }
  }
  return wordsAnswer(
    json.map(({ user, mechanism }) => `Deleted ${user} (${mechanism}).`),
    json,
  )
}
