import type { AnyField, Encodable, Fields, MessageSchema } from '../../protocol/schema.ts'

/** Counts of error codes, by code plus one: the first is that of UNKNOWN_SERVER_ERROR. */
export type ErrorCounts = Float64Array
type Walk = (response: Encodable<MessageSchema>, counts: ErrorCounts) => void

const walks = new WeakMap<MessageSchema, Walk>()

/**
 * Counts the error codes of a response, that of no error among them, wherever its schema has fields of that name. As with
 * codecs, a schema becomes a function of straight-line code: every answer of the broker is looked through.
 */
export function countErrors(schema: MessageSchema, response: Encodable<MessageSchema>, counts: ErrorCounts): void {
  let walk = walks.get(schema)
  if (walk === undefined) {
    walk = new Function('v0', 'counts', walkOf(schema.fields, 0)) as Walk
    walks.set(schema, walk)
  }
  walk(response, counts)
}

/** The code that walks over `v<depth>`, an object with these fields; empty: there are no error codes in it. */
function walkOf(fields: Fields, depth: number): string {
  const own = fields.errorCode?.type === 'int16' ? `counts[(v${depth}.errorCode ?? 0) + 1]++;` : ''
  return (
    own +
    Object.entries(fields)
      .map((entry) => walkOfField(...entry, depth))
      .join('')
  )
}

function walkOfField(name: string, field: AnyField, depth: number): string {
  const isList = field.type === 'array'
  const fields = isList ? field.element?.fields : field.fields
  const below = fields === undefined ? '' : walkOf(fields, depth + 1)
  if (below === '') return ''
  const [value, inner] = [`v${depth}.${name}`, `v${depth + 1}`]
  if (isList) return `if (${value}) for (const ${inner} of ${value}) { ${below} }`
  return `if (${value}) { const ${inner} = ${value}; ${below} }`
}
