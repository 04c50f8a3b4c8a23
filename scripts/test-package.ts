/**
 * The package as npm delivers it: built, packed, installed into an empty project without what only developers need, and
 * used there as its README says, on the command line and from a program. The last line is `N passed, N failed`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cases, expect, runCases } from './support/cases.ts'
import { serveEveryCodec } from './support/serve-client.ts'

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const PROGRAM = `
import { startBroker } from 'samsa'
const broker = await startBroker({ topics: ['orders:2'] })
if (!/^localhost:[0-9]+$/.test(broker.bootstrapServers)) throw new Error(broker.bootstrapServers)
await broker.stop()
`
const TYPED_PROGRAM = `
import { type RunningBroker, startBroker } from 'samsa'
const broker: RunningBroker = await startBroker({ topics: ['orders:2'], config: { 'log.retention.hours': 1 } })
const port: number = broker.port
await broker.stop()
export { port }
`
const TSC_OPTIONS = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false']

const project = mkdtempSync(join(tmpdir(), 'samsa-package-'))
const command = join(project, 'node_modules/.bin/samsa')

const cases: Cases = {
  'it is built and packed': () => {
    run(process.execPath, ['--import=tsx', join(root, 'scripts/build.ts')], root)
    run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', project], root)
  },
  'npm installs it into an empty project': () => {
    writeFileSync(join(project, 'package.json'), '{ "name": "user", "type": "module", "private": true }')
    run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error', `./samsa-${version}.tgz`])
  },
  'the command knows its version and explains itself': () => {
    expect(run(command, ['--version']).includes(version), 'the version')
    expect(/--port/.test(run(command, ['--help'])), 'the options')
  },
  'the command serves a client, in every codec': serveClient,
  'a program starts a broker': () => {
    writeFileSync(join(project, 'program.js'), PROGRAM)
    run(process.execPath, ['program.js'])
  },
  'a typed program compiles': () => {
    writeFileSync(join(project, 'program.ts'), TYPED_PROGRAM)
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...TSC_OPTIONS, ...types, 'program.ts'])
  },
}

function run(program: string, args: readonly string[], cwd = project): string {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string }
    throw new Error(`${message}\n${stdout ?? ''}`.trim())
  }
}

async function serveClient(): Promise<void> {
  await serveEveryCodec(command, ['--port', '0', '--ephemeral'], { cwd: project })
}

await runCases(cases, { cleanUp: () => rmSync(project, { recursive: true, force: true }) })
