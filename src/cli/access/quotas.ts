import { alterQuotas, describeQuotas, type QuotaEntity, type QuotaEntityType } from '../../client/admin/quotas.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { splitAssignment } from '../definition/values.ts'
import { type Answer, tableAnswer, wordsAnswer } from '../print/answer.ts'

interface EntityOptions {
  readonly forUser?: string
  readonly clientId?: string
  readonly ip?: string
}

interface QuotaRow {
  readonly user?: string
  readonly clientId?: string
  readonly ip?: string
  readonly key: string
  readonly value: number
}

/** The word for the default of a type. */
const DEFAULT = 'default'

export async function listQuotas({ client, options }: CommandContext<EntityOptions>): Promise<Answer> {
  const filter = entityOf(options).map(({ type, name }) => ({ type: type as QuotaEntityType, name }))
  const rows = (await describeQuotas(client, filter)).flatMap(({ entity, values }) =>
    values.map(({ key, value }): QuotaRow => {
      const nameOf = (type: string) => {
        const found = entity.find((each) => each.type === type)
        return found && (found.name ?? DEFAULT)
      }
      return { user: nameOf('user'), clientId: nameOf('client-id'), ip: nameOf('ip'), key, value }
    }),
  )
  return tableAnswer({
    columns: [
      { title: 'USER', of: ({ user }) => user, tone: () => 'name' },
      { title: 'CLIENT ID', of: ({ clientId }) => clientId, tone: () => 'name' },
      { title: 'IP', of: ({ ip }) => ip, tone: () => 'name' },
      { title: 'QUOTA', of: ({ key }) => key },
      { title: 'VALUE', of: ({ value }) => value },
    ],
    rows: rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    empty: 'There are no such quotas.',
  })
}

interface AlterOptions extends EntityOptions {
  readonly delete?: readonly string[]
  readonly dryRun?: boolean
}

export async function alterTheQuotas({ client, words, options }: CommandContext<AlterOptions>): Promise<Answer> {
  const entity = existingEntity(options)
  const changes = new Map<string, number | null>([
    ...words.map(splitAssignment).map(([key, text]) => [key, quantity(key, text)] as const),
    ...(options.delete ?? []).map((key) => [key, null] as const),
  ])
  if (changes.size === 0) throw new UsageError('Say what is to change: key=value, or --delete')
  await alterQuotas(client, entity, changes, { validateOnly: options.dryRun === true })
  return changed(entity, changes, options.dryRun ? 'could be changed' : 'changed')
}

export async function deleteTheQuotas({ client, options }: CommandContext<EntityOptions>): Promise<Answer> {
  const entity = existingEntity(options)
  const filter = entity.map(({ type, name }) => ({ type: type as QuotaEntityType, name }))
  const own = (await describeQuotas(client, filter)).find((each) => each.entity.length === entity.length)
  if (own === undefined) throw new UsageError(`There are no quotas of ${entityText(entity)}`)
  const changes = new Map(own.values.map(({ key }) => [key, null] as const))
  await alterQuotas(client, entity, changes)
  return changed(entity, changes, 'deleted')
}

function changed(entity: QuotaEntity, changes: ReadonlyMap<string, number | null>, words: string): Answer {
  const line = `Quotas of ${entityText(entity)} ${words}: ${[...changes.keys()].join(', ')}.`
  return wordsAnswer([line], [{ entity, changes: Object.fromEntries(changes) }])
}

function entityOf({ forUser, clientId, ip }: EntityOptions): QuotaEntity {
  const named: [QuotaEntityType, string | undefined][] = [
    ['user', forUser],
    ['client-id', clientId],
    ['ip', ip],
  ]
  return named.flatMap(([type, name]) => (name === undefined ? [] : [{ type, name: name === DEFAULT ? null : name }]))
}

function existingEntity(options: EntityOptions): QuotaEntity {
  const entity = entityOf(options)
  if (entity.length === 0) throw new UsageError('Say whose: --for-user, --client-id or --ip')
  return entity
}

const entityText = (entity: QuotaEntity): string =>
  entity.map(({ type, name }) => `${type} ${name ?? DEFAULT}`).join(' and ')

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

function quantity(key: string, text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:([kmg])b?)?$/i.exec(text) ?? []
  if (digits === undefined) throw new UsageError(`${key} is no number: ${text}`)
  return Number(digits) * (UNITS[unit.toLowerCase()] ?? 1)
}
