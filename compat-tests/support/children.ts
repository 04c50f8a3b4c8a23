import type { ChildProcess } from 'node:child_process'

const children = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
// A signal ends a process without its 'exit' event; children must not outlive an interrupted run.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** The child ends with this process, however this one ends, short of SIGKILL. */
export function endWithThisProcess(child: ChildProcess): void {
  children.add(child)
  child.on('exit', () => children.delete(child))
}
