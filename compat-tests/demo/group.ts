import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Ledger } from './ledger.ts'
import type { MemberEvent } from './member.ts'

/** Members of a kafkajs group, each in a process of its own; all they say goes into the ledger. */
export class Group {
  readonly #members: { child: ChildProcess; partitions: number[] }[] = []

  constructor(count: number, bootstrapServers: string, groupId: string, topic: string, ledger: Ledger) {
    for (let i = 0; i < count; i++) {
      const child = fork(join(import.meta.dirname, 'member.ts'), [bootstrapServers, groupId, topic], {
        execArgv: [`--import=${import.meta.resolve('tsx')}`],
      })
      const member = { child, partitions: [] as number[] }
      child.on('message', (event: MemberEvent) => {
        if (event.kind === 'assigned') member.partitions = event.partitions
        else ledger.record(event)
      })
      this.#members.push(member)
    }
  }

  /** How many partitions each member has now. */
  get shares(): number[] {
    return this.#members.map((member) => member.partitions.length)
  }

  get allAlive(): boolean {
    return this.#members.every(({ child }) => child.exitCode === null && child.signalCode === null)
  }

  async stop(): Promise<void> {
    for (const { child } of this.#members) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}
