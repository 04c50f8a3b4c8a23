import assert from 'node:assert/strict'
import type { Tool } from '../../scripts/toolchain/lookup.ts'
import { Session } from '../kafkajs/session.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import type { KcatResult, RunningKcat } from './run.ts'
import { runKcat, startKcat } from './run.ts'

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

/** kcat for one case: what it starts ends with the case. */
export class Kcat {
  readonly context: CaseContext
  readonly #tool: Tool

  constructor(tool: Tool, context: CaseContext) {
    this.#tool = tool
    this.context = context
  }

  /** Runs to the end, whatever that is. */
  run(args: readonly string[], input?: string): Promise<KcatResult> {
    return runKcat(this.#tool, ['-b', this.context.broker.bootstrapServers, ...args], input)
  }

  /** Fails the case when kcat says that it failed. */
  async output(args: readonly string[], input?: string): Promise<string> {
    const result = await this.run(args, input)
    assert.equal(result.exitCode, 0, `kcat ${args.join(' ')}: ${result.stderr}`)
    return result.stdout
  }

  /** Resolves to what kcat wrote to standard error; fails the case unless kcat failed. */
  async complaint(args: readonly string[], input?: string): Promise<string> {
    const result = await this.run(args, input)
    assert.notEqual(result.exitCode, 0, `kcat ${args.join(' ')}: ${result.stdout}${result.stderr}`)
    return result.stderr
  }

  /** One message a line. */
  produce(topic: string, messages: readonly string[], ...args: string[]): Promise<string> {
    return this.output(['-P', '-t', topic, ...args], `${messages.join('\n')}\n`)
  }

  /** The lines up to the end of the topic. */
  async consume(topic: string, ...args: string[]): Promise<string[]> {
    return lines(await this.output(['-C', '-q', '-e', '-t', topic, ...args]))
  }

  start(...args: string[]): RunningKcat {
    const running = startKcat(this.#tool, ['-b', this.context.broker.bootstrapServers, ...args])
    this.context.after(async () => {
      running.child.kill('SIGKILL')
      await running.ended.catch(() => undefined)
    })
    return running
  }

  /** A topic that kcat cannot make by itself: with several partitions, or configured. */
  topic(options: { partitions?: number; config?: Record<string, string> } = {}): Promise<string> {
    return new Session(this.context).topic(options)
  }
}

/** A case that gets kcat, in the words of the others. */
export type KcatCase = Omit<Case, 'run'> & { run(kcat: Kcat): Promise<void> }

export const withKcat = (tool: Tool, cases: readonly KcatCase[]): Case[] =>
  cases.map((one) => ({ ...one, run: (context: CaseContext) => one.run(new Kcat(tool, context)) }))
