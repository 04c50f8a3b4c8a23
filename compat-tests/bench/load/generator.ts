import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { endWithThisProcess } from '../../support/children.ts'
import type { JobName, Jobs } from './process.ts'

/** Our own load generator, in a process of its own that lives for the whole run, so that it is warm after the first job. */
export class LoadGenerator {
  private readonly child: ChildProcess

  constructor() {
    const execArgv = [`--import=${import.meta.resolve('tsx')}`]
    this.child = fork(join(import.meta.dirname, 'process.ts'), [], { execArgv })
    endWithThisProcess(this.child)
  }

  run<N extends JobName>(name: N, options: Parameters<Jobs[N]>[0]): Promise<Awaited<ReturnType<Jobs[N]>>> {
    return new Promise((resolve, reject) => {
      const onEnd = (): void => reject(new Error(`the load generator ended during ${name}; its reason is above`))
      this.child.once('exit', onEnd)
      this.child.once('message', (message) => {
        this.child.off('exit', onEnd)
        resolve((message as { result: Awaited<ReturnType<Jobs[N]>> }).result)
      })
      this.child.send({ name, options })
    })
  }

  stop(): void {
    this.child.disconnect()
  }
}
