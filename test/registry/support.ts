/** A registry over a log in memory, asked as clients ask it. */
import { silentLogger } from '../../src/env/silent-logger.ts'
import { registryApp } from '../../src/registry/http/registry-app.ts'
import { Registry } from '../../src/registry/registry.ts'
import {
  AnotherWriter,
  type RecordToStore,
  type SchemasLog,
  type StoredRecord,
} from '../../src/registry/schemas-log.ts'

/** One log that several registries may read and write. */
export class MemoryLog {
  readonly records: StoredRecord[] = []
  /** Counts those who took over; the last one alone may write. */
  #writer = 0
  /** Called before an append: another writer may come in between. */
  beforeAppend: () => Promise<void> | void = () => {}

  /** The log as one registry sees it. */
  view({ fenced = true }: { readonly fenced?: boolean } = {}): SchemasLog {
    let epoch = 0
    return {
      end: async () => ({ offset: this.records.length, logId: 'memory' }),
      read: async (offset) => ({
        records: this.records.slice(offset, offset + 100),
        next: Math.min(this.records.length, offset + 100),
      }),
      takeOver: async () => {
        epoch = ++this.#writer
      },
      append: async (records) => {
        await this.beforeAppend()
        if (fenced && epoch !== this.#writer) throw new AnotherWriter()
        return this.write(records)
      },
    }
  }

  write(records: readonly RecordToStore[]): number {
    const first = this.records.length
    for (const { key, value } of records) {
      const bytes = value === null ? null : Buffer.from(value)
      this.records.push({
        offset: this.records.length,
        timestampMs: 1_000 + this.records.length,
        key: Buffer.from(key),
        value: bytes,
      })
    }
    return first
  }

  /** Keeps the last record of each key, in place: offsets stay. */
  compacted(): MemoryLog {
    const log = new MemoryLog()
    const last = new Map(this.records.map((record, index) => [String(record.key), index]))
    const kept = this.records.filter((record, index) => last.get(String(record.key)) === index)
    for (const record of kept)
      log.write([{ key: String(record.key), value: record.value === null ? null : String(record.value) }])
    return log
  }
}

export interface Answered {
  readonly status: number
  // The shape is what each test asks for.
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  readonly body: any
  readonly type: string | null
}

export type Ask = (request: string, body?: unknown, headers?: Record<string, string>) => Promise<Answered>

/** `ask('POST /subjects/a/versions', { schema })`. */
export async function startedRegistry(
  log: SchemasLog = new MemoryLog().view(),
): Promise<{ registry: Registry; ask: Ask }> {
  const registry = new Registry({ log, logger: silentLogger() })
  await registry.start()
  const app = registryApp({
    open: async () => registry,
    logger: silentLogger(),
    clusterId: () => 'cluster',
    version: '1',
  })
  const ask: Ask = async (request, body, headers = {}) => {
    const [method = 'GET', path = '/'] = request.split(' ')
    const response = await app.request(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText(body) ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: parsed(text), type: response.headers.get('content-type') }
  }
  return { registry, ask }
}

/** Bodies that are sent as they are. */
const isText = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const record = (...fields: object[]): string => JSON.stringify({ type: 'record', name: 'R', fields })

/** A payload behind the id of its schema, as serializers write it. */
export function framed(id: number, ...payload: number[]): Buffer {
  const bytes = Buffer.alloc(5 + payload.length)
  bytes.writeInt32BE(id, 1)
  bytes.set(payload, 5)
  return bytes
}
