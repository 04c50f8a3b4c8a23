/** Valid requests of every (API, version) that Apache's brokers take, 3.9's included, from the golden vectors. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Seed {
  apiKey: number
  apiName: string
  version: number
  /** 1, or 2 with tagged fields. */
  headerVersion: number
  body: Buffer
}

interface ApiFacts {
  id: number
  name: string
  stableMax: number
  listeners: string[]
  requestHeaderVersions: Record<string, number>
}

export function loadCorpus(facts: string): Map<string, Seed[]> {
  const { apis } = JSON.parse(readFileSync(join(facts, 'api-keys.json'), 'utf8')) as { apis: ApiFacts[] }
  const corpus = new Map<string, Seed[]>()
  for (const api of apis.filter(({ listeners }) => listeners.includes('broker'))) {
    const file = `${api.name}Request.json`
    const vectors = [...load(join(facts, 'vectors', file)), ...load(join(facts, '../kafka/legacy/vectors', file))]
    for (let version = 0; version <= api.stableMax; version++) {
      const seeds = vectors
        .filter((vector) => vector.version === version)
        .map(({ hex }) => ({
          apiKey: api.id,
          apiName: api.name,
          version,
          // No version that was dropped is a flexible one.
          headerVersion: api.requestHeaderVersions[version] ?? 1,
          body: Buffer.from(hex, 'hex'),
        }))
      if (seeds.length > 0) corpus.set(`${api.name} v${version}`, seeds)
    }
  }
  return corpus
}

function load(path: string): { version: number; hex: string }[] {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : []
}

/** The request without its length: header, then body. */
export function frameOf(seed: Seed, body: Buffer, correlationId: number): Buffer {
  const clientId = 'fuzz'
  const header = Buffer.alloc(10 + clientId.length + (seed.headerVersion >= 2 ? 1 : 0))
  header.writeInt16BE(seed.apiKey, 0)
  header.writeInt16BE(seed.version, 2)
  header.writeInt32BE(correlationId, 4)
  header.writeInt16BE(clientId.length, 8)
  header.write(clientId, 10, 'latin1')
  return Buffer.concat([header, body])
}
