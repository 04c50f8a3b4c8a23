/** The protocol itself: ApiVersions, versions that do not exist, frames that are broken. */
import { apisByKey } from '../../../protocol/registry.ts'
import type { Scenario } from '../scenario.ts'
import { versionsOf } from '../session.ts'
import { answered } from './answered.ts'

const softwareNames = ['apache-kafka-java', '', 'a b', '-a', 'a-', 'ä', 'x'.repeat(300)]

const apiVersions: Scenario = {
  name: 'versions: ApiVersions',
  quick: true,
  async run(session) {
    for (const version of versionsOf('ApiVersions')) {
      for (const name of softwareNames) {
        const body = { clientSoftwareName: name, clientSoftwareVersion: '4.4.0' }
        await session.send('ApiVersions', version, body, { connection: `v${version}${name}` })
        const swapped = { clientSoftwareName: 'diff', clientSoftwareVersion: name }
        await session.send('ApiVersions', version, swapped, { connection: `s${version}${name}` })
      }
    }
  },
}

const HEADER_BYTES = 14

/** A request with an empty client id, and nothing or zeros behind the header. */
function bareFrame(apiKey: number, version: number, zeros: number): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + zeros)
  frame.writeInt32BE(frame.length - 4)
  frame.writeInt16BE(apiKey, 4)
  frame.writeInt16BE(version, 6)
  frame.writeInt32BE(77, 8)
  return frame
}

const unknownVersions: Scenario = {
  name: 'versions: not spoken',
  quick: true,
  async run(session) {
    for (const version of [-1, 5, 99, 32767]) {
      await session.sendBytes('ApiVersions', 0, bareFrame(18, version, 8), { label: `version ${version}` })
    }
    for (const { name, apiKey, request } of apisByKey.values()) {
      if (!request.listeners.includes('broker')) continue
      for (const version of [request.maxVersion + 1, -1]) {
        await session.sendBytes(name, request.maxVersion, bareFrame(apiKey, version, 64), {
          label: `version ${version}`,
        })
      }
    }
  },
}

const brokenFrames: Scenario = {
  name: 'versions: broken frames',
  quick: true,
  async run(session) {
    const cases: [string, Buffer][] = [
      ['an API that does not exist', bareFrame(9999, 0, 8)],
      ['a negative API key', bareFrame(-1, 0, 8)],
      ['a negative size', Buffer.from('ffffffff0003000100000001ffff00000000', 'hex')],
      ['a size of zero', Buffer.from('00000000', 'hex')],
      ['a size beyond socket.request.max.bytes', Buffer.from('7fffffff0003000100000001ffff00000000', 'hex')],
      ['a header that ends early', Buffer.from('0000000200030001', 'hex')],
      ['a client id beyond the frame', Buffer.from('0000000c0003000100000001000fabcd', 'hex')],
      ['an array beyond the frame', Buffer.from('0000000e0003000100000001ffff7fffffff', 'hex')],
      ['a negative array length', Buffer.from('0000000e0003000100000001fffffffffffe', 'hex')],
      ['bytes behind the body', Buffer.from('000000100003000100000001ffff000000000000', 'hex')],
    ]
    for (const [label, bytes] of cases) await session.sendBytes('Metadata', 1, bytes, { label, timeoutMs: 1_500 })
  },
}

const emptyBodies: Scenario = {
  name: 'versions: bodies of zeros',
  async run(session) {
    for (const { name, apiKey } of apisByKey.values()) {
      if (!answered.has(name)) continue
      for (const version of versionsOf(name)) {
        for (const zeros of [0, 1, 3]) {
          const options = { label: `${zeros} zero bytes`, timeoutMs: 3_000 }
          await session.sendBytes(name, version, bareFrame(apiKey, version, zeros), options)
        }
      }
    }
  },
}

export const versionScenarios: readonly Scenario[] = [apiVersions, unknownVersions, brokenFrames, emptyBodies]
