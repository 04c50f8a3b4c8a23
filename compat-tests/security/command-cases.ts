/** samsa's own command as a client: with the `client.properties` that Apache's tools take, against either broker. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { samsaCommand } from '../support/samsa.ts'
import type { Case } from '../support/suite.ts'
import type { Access } from './attempts.ts'
import { javaProperties } from './java-properties.ts'
import { at, login, PASSWORD_MECHANISMS, store } from './secure-broker.ts'

const execute = promisify(execFile)

export const commandCases: readonly Case[] = [
  {
    name: 'samsa transactions: logged in by each mechanism and by a certificate, and refused',
    timeoutMs: 240_000,
    async run({ broker, after }) {
      const folder = await mkdtemp(join(tmpdir(), 'samsa-command-'))
      after(() => rm(folder, { recursive: true, force: true }))
      const list = async (access: Access) => {
        const file = join(folder, 'client.properties')
        const lines = Object.entries(javaProperties(access)).map(([key, value]) => `${key}=${value}\n`)
        await writeFile(file, lines.join(''))
        const args = ['transactions', 'list', '--bootstrap-server', access.address, '--command-config', file]
        return (await execute(process.execPath, [...samsaCommand(), ...args])).stdout
      }
      const there = at(broker, 'SASL_SSL')
      for (const mechanism of PASSWORD_MECHANISMS) {
        assert.match(await list({ ...there, ...login(mechanism, 'alice') }), /TransactionalId/, mechanism)
        await assert.rejects(list({ ...there, ...login(mechanism, 'alice', 'wrong') }), /The login at .* failed: /)
      }
      assert.match(await list({ ...there, ...login('OAUTHBEARER', 'alice') }), /TransactionalId/)
      const own = { ...at(broker, 'SSL'), identity: store('client.pem') }
      assert.match(await list(own), /TransactionalId/, 'a certificate')
      await assert.rejects(list(at(broker, 'SSL')), /closed the connection|handshake/, 'no certificate')
      await assert.rejects(list({ ...own, ca: store('stranger.pem') }), /the TLS handshake failed/)
    },
  },
]
