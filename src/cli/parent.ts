/**
 * The words between a samsa and the samsa that has started it as a broker of its cluster (`--brokers`), over the channel
 * that Node gives to child processes. Without such a channel nothing is said.
 */

export interface BrokerIsReady {
  /** `host:port` of the listeners. */
  readonly kafka: readonly string[]
  readonly http: readonly string[]
}

export function tellParent(ready: BrokerIsReady): void {
  process.send?.(ready)
}

/** The word with which a parent asks for an orderly stop. */
export const STOP = 'stop'

/** The parent wants this process to stop, or is gone, however that came. */
export function onParentsWish(stop: () => void): void {
  if (process.channel === undefined) return
  process.once('disconnect', stop)
  process.on('message', (word) => {
    if (word === STOP) stop()
  })
}
