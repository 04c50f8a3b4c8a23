/**
 * The one-file executable, built and used as somebody without Node would: with an empty home, again, and where nothing may
 * be written. The last line is `N passed, N failed`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildOrSkip } from './support/build-or-skip.ts'
import { type Cases, expect, runCases } from './support/cases.ts'
import { serveEveryCodec } from './support/serve-client.ts'

const root = join(import.meta.dirname, '..')
const binary = join(root, 'out/samsa-linux-x64')
const scratch = mkdtempSync(join(tmpdir(), 'samsa-binary-'))
const home = join(scratch, 'home')
const unpacked = join(home, '.cache/samsa')
const ARGS = ['--port', '0', '--ephemeral']

/** No variable and no program of this machine. */
const serve = (env: Record<string, string>) =>
  serveEveryCodec(binary, ARGS, { cwd: scratch, env: { ...env, TMPDIR: scratch } })

const cases: Cases = {
  'it is built': () => buildOrSkip('scripts/delivery/binary.ts'),
  'the first start unpacks it, and serves a client in every codec': async () => {
    mkdirSync(home)
    await serve({ HOME: home })
    expect(readdirSync(unpacked).length === 1, 'one folder in the cache')
  },
  'a later start takes what is there': async () => {
    await serve({ HOME: home })
    expect(readdirSync(unpacked).length === 1, 'one folder in the cache')
  },
  'where there is no home, it leaves nothing behind': async () => {
    writeFileSync(join(scratch, 'file'), '')
    await serve({ HOME: join(scratch, 'file') })
    expect(readdirSync(scratch).sort().join() === 'file,home', 'no folder is left')
  },
  'it knows its words': () => {
    const help = execFileSync(binary, ['--help'], { env: { HOME: home }, encoding: 'utf8' })
    expect(/--ephemeral/.test(help), 'the options')
  },
}

await runCases(cases, { cleanUp: () => rmSync(scratch, { recursive: true, force: true }) })
