import type { Clock } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'

/** How far a start has come with opening the logs, or a stop with closing them. */
export interface LogProgress {
  readonly work: 'opening' | 'closing'
  readonly done: number
  readonly total: number
}

export type LogProgressListener = (progress: LogProgress) => void

const INTERVAL_MS = 1_000

export function progressText({ work, done, total }: LogProgress): string {
  return `${work === 'opening' ? 'Opened' : 'Closed'} ${done} of ${total} logs`
}

/** Tells the logger at most once a second, so that quick work says nothing and long work shows that it moves. */
export function logProgress(clock: Clock, logger: Logger): LogProgressListener {
  let work: LogProgress['work'] | null = null
  let lastMs = 0
  return (progress) => {
    const nowMs = clock.monotonicMs()
    if (progress.work !== work) {
      work = progress.work
      lastMs = nowMs
    }
    if (nowMs - lastMs < INTERVAL_MS) return
    lastMs = nowMs
    logger.info(progressText(progress))
  }
}
