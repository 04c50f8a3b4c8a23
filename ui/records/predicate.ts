/** A predicate in a worker of its own. One that does not come to an end is ended. */
import type { ReadBySchema, RecordRow } from '../../src/web/page/model.ts'
import { bytesOf, read } from './bytes.ts'
import type { PredicateRecord } from './predicate-worker.ts'

const LONGEST_MS = 3_000

export class Predicate {
  readonly #code: string
  #worker: Worker | null = null
  #id = 0

  constructor(code: string) {
    this.#code = code
  }

  /** Rejects with a sentence when the predicate is no JavaScript, or takes too long. */
  matching(rows: readonly RecordRow[]): Promise<RecordRow[]> {
    this.#worker ??= new Worker(workerUrl())
    const worker = this.#worker
    const id = this.#id++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.end()
        reject(new Error('The predicate takes too long.'))
      }, LONGEST_MS)
      worker.onmessage = ({ data }) => {
        if (data.id !== id) return
        clearTimeout(timer)
        if (data.error !== undefined) reject(new Error(data.error))
        else resolve(rows.filter((_, index) => data.matches[index]))
      }
      worker.onerror = () => {
        clearTimeout(timer)
        reject(new Error('The predicate could not be run.'))
      }
      worker.postMessage({ id, code: this.#code, records: rows.map(recordOf) })
    })
  }

  end(): void {
    this.#worker?.terminate()
    this.#worker = null
  }
}

const workerUrl = (): string => document.querySelector<HTMLMetaElement>('meta[name="predicate-worker"]')!.content

/** Keys and values as the page reads them: by their schema, as text, JSON or what MessagePack unpacks; other bytes as an array of numbers. */
function recordOf(row: RecordRow): PredicateRecord {
  const { partition, offset, timestamp, headers, decoded } = row
  const texts = headers.map(({ key, value }) => [key, value === null ? null : String(plain(value))])
  const known = decoded === null ? null : { key: decoded.key, value: decoded.value }
  return {
    partition,
    offset,
    timestamp,
    key: known?.key ?? bySchemaOr(row.key, row.keySchema),
    value: known?.value ?? bySchemaOr(row.value, row.valueSchema),
    headers: Object.fromEntries(texts),
  }
}

/** The schema of a key or a value says more than its bytes. */
const bySchemaOr = (base64: string | null, schema: ReadBySchema | null): unknown =>
  schema?.problem === null ? JSON.parse(schema.json) : plain(base64)

function plain(base64: string | null): unknown {
  const found = read(base64, 'auto')
  if (found.as === 'null') return null
  if (found.as === 'hex') return [...bytesOf(base64!)]
  return 'value' in found ? found.value : found.text
}
