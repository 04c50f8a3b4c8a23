import { join } from 'node:path'
import { cargo } from '../../scripts/toolchain/cargo.ts'
import { go } from '../../scripts/toolchain/go.ts'
import { junit } from '../../scripts/toolchain/java-programs.ts'
import { cacheDirectory, type Lookup } from '../../scripts/toolchain/lookup.ts'
import { pytest } from '../../scripts/toolchain/python.ts'
import { freePorts } from '../support/broker.ts'
import { classPathOf } from '../support/java.ts'
import { handAt, LONGEST_RUN_MS, runTests, type TestCommand } from '../support/other-runner.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { Case, SkippedSuite, Suite } from '../support/suite.ts'

const here = import.meta.dirname
const root = join(here, '..')

/** Tests in other languages that drive samsa by HTTP, each by its own runner. */
const LANGUAGES: Readonly<Record<string, () => Promise<Lookup<TestCommand>>>> = {
  'Java, JUnit and the Java client': async () =>
    of(await junit(), async (tool) => {
      const sources = ['Hand.java', 'FaultsTest.java'].map((name) => join(here, 'java', name))
      const classPath = await classPathOf(tool, sources)
      const junitArgs = ['execute', '--select-class', 'FaultsTest', '--details', 'tree', '--disable-banner']
      const args = ['-cp', classPath, 'org.junit.platform.console.ConsoleLauncher', ...junitArgs]
      return { program: tool.jdk.path, args, cwd: here, passed: /[1-9]\d* tests successful/ }
    }),
  'Go, testing and franz-go': async () =>
    of(await go(), async (tool) => ({
      program: tool.path,
      args: ['test', '-count=1', '-v', './control/go'],
      cwd: root,
      env: tool.env,
      passed: /--- PASS[\s\S]*\nok\s/,
    })),
  'Python, pytest and librdkafka': async () =>
    of(await pytest(), async (tool) => ({
      program: tool.path,
      args: ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', join(here, 'python')],
      cwd: join(here, 'python'),
      env: { PYTHONDONTWRITEBYTECODE: '1' },
      passed: /[1-9]\d* passed/,
    })),
  'Rust, cargo test and rskafka': async () =>
    of(await cargo(), async (tool) => ({
      program: tool.path,
      args: ['test', '--quiet', '--locked', '--package', 'control-example', '--', '--test-threads=1'],
      cwd: root,
      env: { CARGO_TARGET_DIR: join(cacheDirectory, 'rust-drivers') },
      passed: /[1-9]\d* passed/,
    })),
}

async function of<T>(lookup: Lookup<T>, make: (tool: T) => Promise<TestCommand>): Promise<Lookup<TestCommand>> {
  return lookup.ok ? { ok: true, tool: await make(lookup.tool) } : lookup
}

/** `samsa --control`, from tests in other languages. A language that is not on the machine is left out with a sentence. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const [port] = await freePorts(1)
  const control = `127.0.0.1:${port}`
  const cases: Case[] = []
  const missing: string[] = []
  for (const [name, look] of Object.entries(LANGUAGES)) {
    const lookup = await look()
    if (!lookup.ok) {
      missing.push(lookup.reason)
      console.error(`  ${name} is left out: ${lookup.reason}`)
      continue
    }
    const run: Case['run'] = ({ broker }) =>
      runTests(lookup.tool, handAt(broker.bootstrapServers, `http://${control}/control`))
    cases.push({ name: `each fault, from ${name}`, timeoutMs: LONGEST_RUN_MS + 10_000, run })
  }
  if (cases.length === 0) return { client: 'control', skipped: missing.join('; ') }
  return {
    client: 'control',
    version: samsaVersion(),
    only: { product: 'samsa', reason: 'Apache Kafka cannot be held in a hand' },
    properties: { 'samsa.control.listener': control },
    cases,
  }
}
