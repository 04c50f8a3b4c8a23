import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freshBuild } from '../../scripts/support/fresh-build.ts'
import { go } from '../../scripts/toolchain/go.ts'
import { junit } from '../../scripts/toolchain/java-programs.ts'
import { capture, repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { npmPackage } from '../../scripts/toolchain/npm-package.ts'
import { pytest } from '../../scripts/toolchain/python.ts'
import { freePorts } from '../support/broker.ts'
import { classPathOf } from '../support/java.ts'
import { handAt, LONGEST_RUN_MS, runTests, type TestCommand } from '../support/other-runner.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'

const here = import.meta.dirname
const own = (name: string): string => join(repositoryRoot, 'node_modules', name)

interface Framework {
  /** The packages that the example imports, beside samsa and kafkajs, and where they are. */
  packages(): Promise<Readonly<Record<string, string>>>
  /** `folder` has the example, `file` is its name in there. */
  command(folder: string, file: string, packages: Readonly<Record<string, string>>): string[]
  readonly passed: RegExp
}

/** By the name of its example in `javascript/`. They are not in package.json: only these examples need them. */
const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  tap: {
    packages: async () => ({ tap: own('tap') }),
    command: (_, file) => [file],
    passed: /# \{ total: [1-9]\d*, pass: [1-9]/,
  },
  node: {
    packages: async () => ({}),
    command: (_, file) => ['--test', '--test-reporter=tap', file],
    passed: /# pass [1-9]/,
  },
  vitest: {
    packages: async () => ({ vitest: await npmPackage('vitest', '4.1.12') }),
    command: (folder, file, { vitest = '' }) => [join(vitest, 'vitest.mjs'), 'run', '--root', folder, file],
    passed: /Tests .*[1-9]\d* passed/,
  },
  jest: {
    packages: async () => {
      const jest = await npmPackage('jest', '30.5.2')
      return { jest, '@jest/globals': join(dirname(jest), '@jest/globals') }
    },
    command: (folder, file, { jest = '' }) => [
      '--experimental-vm-modules',
      join(jest, 'bin/jest.js'),
      ...['--rootDir', folder, '--testMatch', `**/${file}`, '--watchman=false'],
    ],
    passed: /Tests: .*[1-9]\d* passed/,
  },
}

/** An example of one framework as a user has it: a folder with the code under test, and samsa as an installed package. */
function ofJavaScript(name: string, framework: Framework): Case {
  return {
    name: `${name === 'node' ? 'node:test' : name}: a test of ten lines with a broker of its own, and one fault`,
    timeoutMs: LONGEST_RUN_MS + 10_000,
    async run(context) {
      const folder = await stage(context)
      const packages = await framework.packages()
      const installed = { samsa: repositoryRoot, kafkajs: own('kafkajs'), ...packages }
      for (const [each, path] of Object.entries(installed)) {
        const link = join(folder, 'node_modules', each)
        await mkdir(dirname(link), { recursive: true })
        await symlink(path, link)
      }
      const args = framework.command(folder, `${name}.test.mjs`, packages)
      await runTests({ program: process.execPath, args, cwd: folder, passed: framework.passed, env: { CI: '1' } })
    },
  }
}

async function stage(context: CaseContext): Promise<string> {
  if (freshBuild() === null) await capture('npm', ['run', 'prepack'], { cwd: repositoryRoot })
  const folder = await mkdtemp(join(tmpdir(), 'test-frameworks-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  await cp(join(here, 'javascript'), folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  return folder
}

/** The frameworks that reach a broker over HTTP, by the helpers of ../control; a text says why one is not there. */
async function ofOthers(): Promise<Readonly<Record<string, TestCommand | string>>> {
  const control = join(here, '../control')
  const [java, tester, golang] = [await junit(), await pytest(), await go()]
  const classPath = async () =>
    java.ok ? classPathOf(java.tool, [join(control, 'java/Hand.java'), join(here, 'junit/OrdersTest.java')]) : ''
  return {
    JUnit: java.ok
      ? {
          program: java.tool.jdk.path,
          args: [
            ...['-cp', await classPath(), 'org.junit.platform.console.ConsoleLauncher', 'execute'],
            ...['--select-class', 'OrdersTest', '--disable-banner'],
          ],
          cwd: here,
          passed: /[1-9]\d* tests successful/,
        }
      : java.reason,
    pytest: tester.ok
      ? {
          program: tester.tool.path,
          args: ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', join(here, 'pytest')],
          cwd: here,
          env: { PYTHONPATH: join(control, 'python'), PYTHONDONTWRITEBYTECODE: '1' },
          passed: /[1-9]\d* passed/,
        }
      : tester.reason,
    "Go's testing": golang.ok
      ? {
          program: golang.tool.path,
          args: ['test', '-count=1', '-v', './test-frameworks/go'],
          cwd: join(here, '..'),
          env: golang.tool.env,
          passed: /--- PASS[\s\S]*\nok\s/,
        }
      : golang.reason,
  }
}

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const [port] = await freePorts(1)
  const control = `127.0.0.1:${port}`
  const cases = Object.entries(FRAMEWORKS).map(([name, framework]) => ofJavaScript(name, framework))
  for (const [name, command] of Object.entries(await ofOthers())) {
    if (typeof command === 'string') {
      console.error(`  ${name} is left out: ${command}`)
      continue
    }
    cases.push({
      name: `${name}: a test of ten lines against samsa --control, and one fault`,
      timeoutMs: LONGEST_RUN_MS + 10_000,
      run: ({ broker }) => runTests(command, handAt(broker.bootstrapServers, `http://${control}/control`)),
    })
  }
  return {
    client: 'test-frameworks',
    version: samsaVersion(),
    only: { product: 'samsa', reason: 'Apache Kafka cannot be held in a hand' },
    properties: { 'samsa.control.listener': control, 'samsa.create.topics': 'orders' },
    cases,
  }
}
