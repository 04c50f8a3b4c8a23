/**
 * Records as rows, with keys and values read by their schemas where their bytes name one.
 *
 * The bytes of producers are read on the broker's one loop. So a page reads a bounded number of them, the text made of a
 * value has a bounded number of letters, and a row whose value cannot be read says why.
 */
import type { Clock } from '../../../env/index.ts'
import type { ReadBySchema, RecordRow } from '../model.ts'
import type { SchemaReader } from '../surroundings.ts'
import type { FoundRecord } from './fetch.ts'
import { rowOf, SHOWN_BYTES } from './record-row.ts'

export interface RowOptions {
  readonly topic: string
  /** null: nothing is read by a schema. */
  readonly schemas: SchemaReader | null
  readonly clock: Clock
  /** How many bytes of a key or a value are sent, and are read by a schema at most. */
  readonly most?: number
}

const PAGE_BYTES = 4 * 1024 * 1024
/** Then others have their turn. */
const TURN_BYTES = 256 * 1024
/** JSON may be longer than the bytes that it is made of. */
const LETTERS_OF_BYTE = 8
const FRAME = { id: 0, leastBytes: 5 }

export async function rowsOf(found: readonly FoundRecord[], options: RowOptions): Promise<RecordRow[]> {
  const { topic, schemas, clock, most = SHOWN_BYTES } = options
  const rows: RecordRow[] = []
  const limits = { left: Math.max(PAGE_BYTES, most), most }
  let turnAt = limits.left - TURN_BYTES
  for (const each of found) {
    const row = rowOf(topic, each, most)
    if (schemas === null || each.kind === 'control' || row.decoded !== null) rows.push(row)
    else {
      const keySchema = await readPart(schemas, 'key', each, limits)
      rows.push({ ...row, keySchema, valueSchema: await readPart(schemas, 'value', each, limits) })
    }
    if (limits.left > turnAt) continue
    turnAt = limits.left - TURN_BYTES
    await new Promise<void>((resolve) => clock.schedule(0, resolve))
  }
  return rows
}

async function readPart(
  schemas: SchemaReader,
  part: 'key' | 'value',
  { record }: FoundRecord,
  limits: { left: number; readonly most: number },
): Promise<ReadBySchema | null> {
  const bytes = record[part]
  const { headers } = record
  // Most records have neither a frame nor headers, and nothing is awaited for them.
  if (bytes === null || (headers.length === 0 && (bytes.length < FRAME.leastBytes || bytes[0] !== FRAME.id)))
    return null
  if (bytes.length > limits.most) return { problem: `The ${part} is read by its schema when all of it is shown.` }
  if (bytes.length > limits.left) return { problem: `The ${part} is read by its schema when the record is opened.` }
  limits.left -= bytes.length
  try {
    const read = await schemas(part, bytes, headers)
    if (read === null) return null
    const json = JSON.stringify(read.value) ?? 'null'
    if (json.length > Math.max(SHOWN_BYTES, bytes.length) * LETTERS_OF_BYTE) {
      return {
        problem: `As its schema ${read.id} reads it, the ${part} has ${json.length} letters, too many to be shown.`,
      }
    }
    return { id: read.id, type: read.type, json, problem: null }
  } catch (error) {
    return { problem: sentenceOf(error) }
  }
}

const MOST_LETTERS = 500

/** Its words may hold parts of the record. JSON that is too deep to be written is a `RangeError`. */
function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `${message.slice(0, MOST_LETTERS)}.`
}
