import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { toolClasses } from '../apache-tools/tools.ts'
import { endWithThisProcess } from '../support/children.ts'
import { classPathOf } from '../support/java.ts'

const QUICK_START = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -Xshare:auto'
const LONGEST_BLOCK_MS = 600_000

/** The scripts of Apache Kafka by their names, as far as the text uses them. */
const SCRIPTS = {
  'kafka-topics.sh': toolClasses.topics,
  'kafka-cluster.sh': toolClasses.cluster,
  'kafka-reassign-partitions.sh': toolClasses.reassignPartitions,
}

/** A text of `docs/` whose blocks of shell are executed, section by section. */
export class Runbook {
  readonly #text: string
  readonly #home: string

  private constructor(text: string, home: string) {
    this.#text = text
    this.#home = home
  }

  static async open(name: string, kafka: ApacheKafka): Promise<Runbook> {
    const text = await readFile(join(repositoryRoot, 'docs', name), 'utf8')
    const home = await mkdtemp(join(tmpdir(), 'compat-runbook-'))
    const classPath = await classPathOf(kafka, [join(import.meta.dirname, 'java/Load.java')])
    for (const [script, main] of Object.entries(SCRIPTS)) {
      const path = join(home, script)
      await writeFile(path, `#!/bin/sh\nexec '${kafka.jdk.path}' ${QUICK_START} -cp '${classPath}' ${main} "$@"\n`)
      await chmod(path, 0o755)
    }
    return new Runbook(text, home)
  }

  /** The keys of the first block of properties. */
  properties(): Map<string, string> {
    const block = /```properties\n([\s\S]*?)```/.exec(this.#text)?.[1] ?? ''
    const lines = block.split('\n').filter((line) => line !== '')
    return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  }

  /** The blocks of shell below the heading that begins so. */
  blocks(heading: string): string[] {
    const section = this.#text.split(/^## /m).find((each) => each.startsWith(heading))
    assert.ok(section !== undefined, `there is no section ${heading}`)
    return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  }

  /** Executes a block with these variables and answers what it printed; fails when it does. */
  async execute(block: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', block], {
      cwd: this.#home,
      env: { ...process.env, ...variables, PATH: `${this.#home}${delimiter}${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_BLOCK_MS,
    })
    endWithThisProcess(child)
    let printed = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 0, `${block}\n${printed}\n${errors}`)
    return printed
  }

  async close(): Promise<void> {
    await rm(this.#home, { recursive: true, force: true })
  }
}
