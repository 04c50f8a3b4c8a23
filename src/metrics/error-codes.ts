import type { AnyField, Encodable, Fields, MessageSchema } from '../../protocol/schema.ts'

/** Told of each error code in a response, that of no error among them. */
export type ErrorCounter = (code: number) => void
type Walk = (value: Readonly<Record<string, unknown>>, count: ErrorCounter) => void

const walks = new WeakMap<MessageSchema, Walk>()

/** Finds the error codes of a response, wherever its schema has fields of that name. */
export function countErrors(schema: MessageSchema, response: Encodable<MessageSchema>, count: ErrorCounter): void {
  let walk = walks.get(schema)
  if (walk === undefined) {
    walk = walkOf(schema.fields) ?? nothing
    walks.set(schema, walk)
  }
  walk(response as Readonly<Record<string, unknown>>, count)
}

const nothing: Walk = () => {}

/** null: there are none below. */
function walkOf(fields: Fields): Walk | null {
  const own = fields.errorCode?.type === 'int16'
  const below = Object.entries(fields).flatMap(([name, field]) => walkOfField(name, field) ?? [])
  if (!own && below.length === 0) return null
  return (value, count) => {
    if (own) count((value.errorCode as number | undefined) ?? 0)
    for (const walk of below) walk(value, count)
  }
}

function walkOfField(name: string, field: AnyField): Walk | null {
  const isList = field.type === 'array'
  const fields = isList ? field.element?.fields : field.fields
  const walk = fields === undefined ? null : walkOf(fields)
  if (walk === null) return null
  if (!isList) {
    return (value, count) => {
      const inner = value[name] as Readonly<Record<string, unknown>> | null | undefined
      if (inner) walk(inner, count)
    }
  }
  return (value, count) => {
    const items = value[name] as Iterable<Readonly<Record<string, unknown>>> | null | undefined
    for (const item of items ?? []) walk(item, count)
  }
}
