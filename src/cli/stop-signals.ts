/** The signals that stop a broker in an orderly way, each with the status of a process that ends by it at once. */
export const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export type StopSignal = keyof typeof EXIT_BY_SIGNAL

/**
 * On Windows SIGTERM is never sent, and SIGHUP tells that the console is being closed, some ten seconds before the process
 * is ended. Elsewhere SIGHUP keeps its meaning: a handler would undo what nohup has asked for.
 */
export function stopSignals(platform: NodeJS.Platform): readonly StopSignal[] {
  return platform === 'win32' ? ['SIGINT', 'SIGHUP'] : ['SIGINT', 'SIGTERM']
}
